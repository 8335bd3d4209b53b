// SPDX-License-Identifier: ISC
#pragma once

// What the port keeps for each CPU, behind CpuEntry::port.

#include <cstddef>
#include <cstdint>

namespace arch::riscv64 {

inline constexpr std::size_t catch_stack_size = 2048;

struct PortCpu {
  std::byte* catch_stack_top = catch_stack + catch_stack_size;  // first: traps.S loads it
  unsigned index = 0;                                           // the core's number for this CPU
  std::uint64_t hart = 0;
  std::uint64_t last_fault_address = ~std::uint64_t{0};  // of the last page fault, see traps.cc
  volatile bool started = false;
  alignas(16) std::byte catch_stack[catch_stack_size] = {};
};
static_assert(offsetof(PortCpu, catch_stack_top) == 0);

/// The running CPU's. Context: interrupts off.
PortCpu& port_cpu();
/// Null if `index` has not been started.
PortCpu* port_cpu(unsigned index);

}  // namespace arch::riscv64
