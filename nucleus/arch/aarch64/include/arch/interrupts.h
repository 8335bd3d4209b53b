// SPDX-License-Identifier: ISC
#pragma once

// The interrupt mask of AArch64: the I bit of DAIF. Debug, SError and FIQ stay as boot set them.

#include <cstdint>

namespace arch {

struct InterruptState {
  std::uint64_t daif = 0;
};

inline constexpr std::uint64_t irq_masked = 1u << 7;

inline InterruptState read_interrupt_state() {
  InterruptState state;
  asm volatile("mrs %0, daif" : "=r"(state.daif) : : "memory");
  return state;
}

inline bool interrupts_enabled() {
  return (read_interrupt_state().daif & irq_masked) == 0;
}
inline void enable_interrupts() {
  asm volatile("msr daifclr, #2" : : : "memory");
}
inline void disable_interrupts() {
  asm volatile("msr daifset, #2" : : : "memory");
}

inline InterruptState save_and_disable_interrupts() {
  const InterruptState state = read_interrupt_state();
  disable_interrupts();
  return state;
}
inline void restore_interrupts(InterruptState state) {
  if ((state.daif & irq_masked) == 0) enable_interrupts();
}

/// A pending interrupt ends `wfi` though it is masked; it is taken when the mask opens, before the next line
/// of C++.
inline void wait_for_interrupt() {
  asm volatile("dsb sy\n\twfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2" : : : "memory");
}

inline void relax() {
  asm volatile("yield" : : : "memory");
}

}  // namespace arch
