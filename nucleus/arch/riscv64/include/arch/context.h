// SPDX-License-Identifier: ISC
#pragma once

// Kernel contexts, floating-point state and the libc's thread pointer on RISC-V.

#include <arch/call_saved_fp.h>
#include <arch/stack_context.h>

#include <cstddef>
#include <cstdint>

namespace arch {

/// f0-f31, then fcsr.
inline constexpr std::size_t fp_state_alignment = 8;
constexpr std::size_t fp_state_size() {
  return 32 * 8 + 8;
}

inline std::uintptr_t thread_pointer() {
  std::uintptr_t value;
  asm volatile("mv %0, tp" : "=r"(value));
  return value;
}
inline void set_thread_pointer(std::uintptr_t value) {
  asm volatile("mv tp, %0" : : "r"(value));
}

}  // namespace arch
