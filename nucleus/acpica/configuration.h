// SPDX-License-Identifier: ISC
#pragma once

// PCI configuration space for AML, whose methods read and write it before functions are looked for.

#include <nucleus.h>

namespace nucleus::acpica {

/// From now on AML reaches the configuration space of these hosts.
void set_configuration_spaces(const nucleus_machine& machine);

}  // namespace nucleus::acpica
