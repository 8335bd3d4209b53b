// SPDX-License-Identifier: ISC
#pragma once

// What the port keeps for each CPU, behind CpuEntry::port.

#include <cstddef>
#include <cstdint>

namespace arch::aarch64 {

inline constexpr std::size_t catch_stack_size = 2048;

struct PortCpu {
  unsigned index = 0;                      // the core's number for this CPU
  std::uint64_t affinity = 0;              // its MPIDR
  std::uintptr_t redistributor = 0;        // GICv3: its redistributor's registers, mapped
  std::uint64_t redistributor_at = 0;      // their physical address
  std::uint32_t redistributor_number = 0;  // what the ITS calls it
  bool takes_lpis = false;
  volatile bool started = false;
  alignas(16) std::byte catch_stack[catch_stack_size] = {};

  std::byte* catch_stack_top() { return catch_stack + catch_stack_size; }
};

/// The running CPU's. Context: interrupts off.
PortCpu& port_cpu();
/// Null if `index` has not been started.
PortCpu* port_cpu(unsigned index);

}  // namespace arch::aarch64
