// SPDX-License-Identifier: ISC
#pragma once

// Who uses which interrupt vector, and the distance of the entry stubs (also read by assembly).

#define X86_STUB_SIZE 16

#ifndef __ASSEMBLER__

namespace arch::x86_64::vector {

// Exceptions.  Spec: [x86/sdm "Interrupt and Exception Handling"]
inline constexpr unsigned divide_error = 0;
inline constexpr unsigned debug = 1;
inline constexpr unsigned nmi = 2;
inline constexpr unsigned breakpoint = 3;
inline constexpr unsigned invalid_opcode = 6;
inline constexpr unsigned double_fault = 8;
inline constexpr unsigned page_fault = 14;
inline constexpr unsigned x87_error = 16;
inline constexpr unsigned alignment_check = 17;
inline constexpr unsigned machine_check = 18;
inline constexpr unsigned simd_error = 19;
inline constexpr unsigned exception_count = 32;

/// The masked 8259s are moved here: a spurious interrupt of theirs must not look like a fault.
inline constexpr unsigned legacy_pic = 0x20;

/// I/O APIC line n has vector first_line + n; message-signalled interrupts follow.
inline constexpr unsigned first_line = 0x30;
inline constexpr unsigned last_line = 0xef;

inline constexpr unsigned timer = 0xf0;
inline constexpr unsigned ipi = 0xf1;
inline constexpr unsigned spurious = 0xff;

}  // namespace arch::x86_64::vector

#endif
