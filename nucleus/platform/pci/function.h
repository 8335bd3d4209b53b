// SPDX-License-Identifier: ISC
#pragma once

// One PCI function: everything that its configuration space tells, checked.

#include "config_space.h"

#include <nucleus.h>

#include <platform/description/problems.h>

#include <span>

namespace nucleus::pci {

/// How a function is named in problems: bus << 8 | device << 3 | function.
inline std::uint32_t name_of(const nucleus_pci_function& function) {
  return function.bus << 8 | function.device << 3 | function.function;
}
inline Address address_of(const nucleus_pci_function& function) {
  return {static_cast<std::uint8_t>(function.bus), static_cast<std::uint8_t>(function.device),
          static_cast<std::uint8_t>(function.function)};
}

/// Reads the function at `at`, which is there. Its BARs are measured, with decoding off meanwhile. `out` is
/// zero but for what says where it is. A capability list that loops or leaves the space ends there; a BAR
/// that cannot be is left out.
void read_function(ConfigSpace& space, Address at, nucleus_pci_function& out, Problems problems);

// Its parts.
void read_bars(ConfigSpace& space, Address at, nucleus_pci_function& out, Problems problems);
void read_capabilities(ConfigSpace& space, Address at, nucleus_pci_function& out, Problems problems);

/// Lets a function answer to its addresses and be bus master as `commands` (of enum Command) says, and the
/// bridges above it, which are among its host's functions, pass that on. Firmware may have left them closed.
void enable(ConfigSpace& space, std::span<const nucleus_pci_function> functions,
            const nucleus_pci_function& function, std::uint32_t commands);

/// Whether a program may write `width` bytes at `offset`: nothing of the header, of MSI or of MSI-X.
bool may_write(const nucleus_pci_function& function, std::uint32_t offset, std::uint32_t width);

}  // namespace nucleus::pci
