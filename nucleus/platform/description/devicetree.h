// SPDX-License-Identifier: ISC
#pragma once

// A devicetree into the machine description: all devices of known kinds. A device whose registers cannot be
// told becomes a problem. Memory is not here: boot paths decode it. Pure: also compiled into the host tests.

#include <platform/devicetree/bus.h>
#include <platform/devicetree/fdt.h>

#include "description.h"

namespace nucleus::description {

void describe_devicetree(const devicetree::Tree& tree, Description& out);

/// Adds the host bridge `node`, which sits on `bus`.
void describe_pci_host(const devicetree::Tree& tree, devicetree::Node node, const devicetree::Bus& bus,
                       Description& out);

/// The enabled node with this phandle. False if there is none.
bool find_phandle(const devicetree::Tree& tree, std::uint32_t phandle, devicetree::Node& out);

/// An interrupt specifier of `controller`, at cell `index` of `cells`, in the controller's own terms.
/// Spec: [dt "interrupts"], [arm/gic "INTIDs"]
nucleus_line line_of(devicetree::Node controller, const devicetree::Property& cells, std::size_t index);

}  // namespace nucleus::description
