// SPDX-License-Identifier: ISC
#pragma once

// Turning a PC off, and resetting it, by ACPI, by the sleep types that AML gives if it has been interpreted;
// else those of the _S5 package, which is found without.

#include <platform/acpi/tables.h>

namespace arch::x86_64 {

/// Keeps what try_soft_off() needs and maps the register: a machine that ends can no longer map anything.
/// Context: once, when memory is up; `machine` stays.
void prepare_soft_off(const nucleus::acpi::Machine& machine);

/// Turns the machine off; returns if that is not possible (or takes a moment). Context: any.
void try_soft_off();

/// Resets the machine by ACPI's reset register; returns if there is none (or it takes a moment). Context:
/// any.
void try_acpi_reset();

}  // namespace arch::x86_64
