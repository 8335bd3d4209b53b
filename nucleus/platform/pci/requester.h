// SPDX-License-Identifier: ISC
#pragma once

// With which id a function's messages arrive.

#include "config_space.h"

#include <nucleus.h>

namespace nucleus::pci {

/// The function's own, bus << 8 | device << 3 | function; behind a bridge to old PCI, which carries no ids,
/// that bridge's. Spec: [pci/express "PCI Express to PCI/PCI-X Bridge"]
std::uint32_t requester_id(ConfigSpace& space, const nucleus_pci& pci, const nucleus_pci_function& function);

}  // namespace nucleus::pci
