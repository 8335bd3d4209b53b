// SPDX-License-Identifier: ISC
#pragma once

// What scause says of a trap. Pure: also compiled into the host tests.
// Spec: [riscv/priv "Supervisor Cause Register (scause)"]

#include <nucleus/arch_upcalls.h>

#include <cstdint>

namespace arch::riscv64 {

inline constexpr std::uint64_t interrupt_bit = std::uint64_t{1} << 63;

constexpr bool is_interrupt(std::uint64_t cause) {
  return (cause & interrupt_bit) != 0;
}

/// scause without interrupt_bit; also the bit numbers of sie and sip.
enum class Interrupt : std::uint64_t { software = 1, timer = 5, external = 9 };

enum class Exception : std::uint64_t {
  instruction_misaligned = 0,
  instruction_access = 1,
  illegal_instruction = 2,
  breakpoint = 3,
  load_misaligned = 4,
  load_access = 5,
  store_misaligned = 6,
  store_access = 7,
  instruction_page = 12,
  load_page = 13,
  store_page = 15,
};

/// The kind of fault; stack_overflow is the trap code's business. Access faults (a physical address that
/// nothing answers at) are no page faults: they must not be taken for a page that can be brought in.
constexpr nucleus::FaultKind fault_kind(std::uint64_t cause) {
  using nucleus::FaultKind;
  switch (static_cast<Exception>(cause)) {
    case Exception::instruction_page:
      return FaultKind::execute;
    case Exception::load_page:
      return FaultKind::read;
    case Exception::store_page:
      return FaultKind::write;
    case Exception::illegal_instruction:
      return FaultKind::illegal_instruction;
    case Exception::breakpoint:
      return FaultKind::breakpoint;
    case Exception::instruction_misaligned:
    case Exception::load_misaligned:
    case Exception::store_misaligned:
      return FaultKind::alignment;
    default:
      return FaultKind::protection;
  }
}

/// True if stval holds the address that was touched.
constexpr bool has_fault_address(std::uint64_t cause) {
  switch (static_cast<Exception>(cause)) {
    case Exception::illegal_instruction:
    case Exception::breakpoint:
      return false;
    default:
      return !is_interrupt(cause) && cause <= static_cast<std::uint64_t>(Exception::store_page);
  }
}

}  // namespace arch::riscv64
