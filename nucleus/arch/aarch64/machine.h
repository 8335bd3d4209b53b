// SPDX-License-Identifier: ISC
#pragma once

// The machine as its devicetree describes it, and what several files of the port need of one another.

#include <platform/devicetree/machine.h>

namespace arch::aarch64 {

/// Filled before the core is entered; the running CPU is cpus[0] from arch::discover on.
nucleus::devicetree::Machine& machine();

/// Stops this CPU for good if another one panics. Context: interrupts off.
void halt_if_stopping();

/// Finds the real-time clock. Memory is up.
void discover_wall_clock();

/// PSCI, by the conduit that the machine names.  Spec: [arm/psci]
std::uint64_t call_psci(std::uint64_t function, std::uint64_t a = 0, std::uint64_t b = 0,
                        std::uint64_t c = 0);
inline constexpr std::uint64_t psci_cpu_on = 0xc400'0003;
inline constexpr std::uint64_t psci_system_off = 0x8400'0008;
inline constexpr std::uint64_t psci_system_reset = 0x8400'0009;

}  // namespace arch::aarch64
