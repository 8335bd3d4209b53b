// SPDX-License-Identifier: ISC
#pragma once

// The interrupt mask of x86_64: the IF flag.

#include <cstdint>

namespace arch {

struct InterruptState {
  std::uint64_t flags = 0;
};

inline constexpr std::uint64_t interrupt_flag = 1u << 9;

inline std::uint64_t read_flags() {
  std::uint64_t flags;
  asm volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
  return flags;
}

inline bool interrupts_enabled() {
  return (read_flags() & interrupt_flag) != 0;
}
inline void enable_interrupts() {
  asm volatile("sti" : : : "memory");
}
inline void disable_interrupts() {
  asm volatile("cli" : : : "memory");
}

inline InterruptState save_and_disable_interrupts() {
  const InterruptState state{read_flags()};
  disable_interrupts();
  return state;
}
inline void restore_interrupts(InterruptState state) {
  if ((state.flags & interrupt_flag) != 0) enable_interrupts();
}

/// `sti` takes effect after the next instruction, so no interrupt is lost between it and `hlt`.
inline void wait_for_interrupt() {
  asm volatile("sti\n\thlt\n\tcli" : : : "memory");
}

inline void relax() {
  asm volatile("pause" : : : "memory");
}

}  // namespace arch
