// SPDX-License-Identifier: ISC
#pragma once

// All functions behind one host bridge. Bridges that firmware has set up keep their bus numbers, others get
// some. Every bus is walked at most once, whatever the bridges say.

#include "config_space.h"

#include <nucleus.h>

#include <nucleus/result.h>
#include <nucleus/vector.h>

#include <platform/description/problems.h>

namespace nucleus::pci {

inline constexpr unsigned max_bus_depth = 16;  // bridges behind bridges

/// Appends the host's functions to `functions`, each bus from its first device on, what is behind a bridge
/// right after it. Errors: out_of_memory.
Result<> enumerate(ConfigSpace& space, const nucleus_pci_host& host, std::uint32_t host_index,
                   Vector<nucleus_pci_function>& functions, Problems problems);

/// Fills in `line` of the functions from the `first` on: the pin that the function's interrupt takes on the
/// root bus, looked up in the host's routes. Spec: [pci/bridge "Interrupt Support"]
void route_pins(const nucleus_pci_host& host, std::span<nucleus_pci_function> functions);

/// The bridge that leads to `bus`, or null: it is the root bus.
const nucleus_pci_function* bridge_to(std::span<const nucleus_pci_function> functions, std::uint32_t bus);

}  // namespace nucleus::pci
