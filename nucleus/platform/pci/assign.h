// SPDX-License-Identifier: ISC
#pragma once

// Places for BARs where firmware has left none.

#include "config_space.h"

#include <nucleus.h>

#include <platform/description/problems.h>

#include <span>

namespace nucleus::pci {

/// Gives the BARs of a host's functions places in its windows, opens the windows of bridges that are needed
/// for that, and lets the functions answer there. Nothing happens if one of the BARs has a place already
/// (firmware has been here) or if the host's windows are not known. A BAR for which there is no room stays
/// without place. Expansion ROMs get none.
void assign_addresses(ConfigSpace& space, const nucleus_pci_host& host,
                      std::span<nucleus_pci_function> functions, Problems problems);

/// Fills in the addresses at which the CPU sees BARs.
void find_cpu_addresses(const nucleus_pci_host& host, std::span<nucleus_pci_function> functions);

}  // namespace nucleus::pci
