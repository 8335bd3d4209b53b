// SPDX-License-Identifier: ISC
#pragma once

// What every boot path of x86_64 calls before it hands over to the core.

#include <platform/x86/reference_counter.h>

namespace nucleus {
struct BootInfo;
class PhysicalReader;
}  // namespace nucleus

namespace arch::x86_64 {

/// First of all: the UART works, faults are caught and printed, the CPU has what the image needs (else a
/// panic that says what it lacks), its special features are on.
void begin();

/// Reads the ACPI tables that `boot` names, or finds them; reserves what secondary CPUs need of low memory.
/// Boot page tables are still in use.
void read_firmware(const nucleus::PhysicalReader& memory, nucleus::BootInfo& boot);

/// Starts the measurement that arch::discover() ends. `map` reaches device registers now, through the boot
/// page tables.
void start_clocks(MapRegisters map);

}  // namespace arch::x86_64
