// SPDX-License-Identifier: ISC
#pragma once

// The functions that nucleus_pci_scan() has found, for the rest of the machine interface.

#include "ecam.h"

#include <nucleus.h>

#include <cstdint>

namespace nucleus {

/// A function and the configuration space that it is in; null if there is none.
struct PciFunction {
  const nucleus_pci_function* function = nullptr;
  Ecam* space = nullptr;
};

/// By its index in nucleus_pci.functions. Context: any.
PciFunction find_pci_function(std::uint32_t index);

/// All of them, as nucleus_pci_scan() has returned them; null before. Context: any.
const nucleus_pci* found_pci_functions();

}  // namespace nucleus
