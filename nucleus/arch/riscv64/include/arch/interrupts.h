// SPDX-License-Identifier: ISC
#pragma once

// The interrupt mask of RISC-V: sstatus.SIE. Which kinds may come at all (sie) is set once for each CPU.

#include <cstdint>

namespace arch {

struct InterruptState {
  std::uint64_t status = 0;
};

inline constexpr std::uint64_t supervisor_interrupts = 1u << 1;

inline bool interrupts_enabled() {
  std::uint64_t status;
  asm volatile("csrr %0, sstatus" : "=r"(status) : : "memory");
  return (status & supervisor_interrupts) != 0;
}
inline void enable_interrupts() {
  asm volatile("csrsi sstatus, 2" : : : "memory");
}
inline void disable_interrupts() {
  asm volatile("csrci sstatus, 2" : : : "memory");
}

inline InterruptState save_and_disable_interrupts() {
  InterruptState state;
  asm volatile("csrrci %0, sstatus, 2" : "=r"(state.status) : : "memory");
  return state;
}
inline void restore_interrupts(InterruptState state) {
  if ((state.status & supervisor_interrupts) != 0) enable_interrupts();
}

/// A pending interrupt ends `wfi` though it is masked; it is taken when the mask opens, before the next line
/// of C++.
inline void wait_for_interrupt() {
  asm volatile("wfi\n\tcsrsi sstatus, 2\n\tcsrci sstatus, 2" : : : "memory");
}

/// Zihintpause's `pause`; a CPU without it takes it for a fence that orders nothing.
inline void relax() {
  asm volatile(".4byte 0x0100000f" : : : "memory");
}

}  // namespace arch
