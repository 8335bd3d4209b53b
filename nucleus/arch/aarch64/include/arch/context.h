// SPDX-License-Identifier: ISC
#pragma once

// Kernel contexts, floating-point state and the libc's thread pointer on AArch64.

#include <arch/call_saved_fp.h>
#include <arch/stack_context.h>

#include <cstddef>
#include <cstdint>

namespace arch {

/// V0-V31, then FPCR and FPSR.
inline constexpr std::size_t fp_state_alignment = 16;
constexpr std::size_t fp_state_size() {
  return 32 * 16 + 16;
}

inline std::uintptr_t thread_pointer() {
  std::uintptr_t value;
  asm volatile("mrs %0, tpidr_el0" : "=r"(value));
  return value;
}
inline void set_thread_pointer(std::uintptr_t value) {
  asm volatile("msr tpidr_el0, %0" : : "r"(value));
}

}  // namespace arch
