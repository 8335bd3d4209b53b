// SPDX-License-Identifier: ISC
#pragma once

// ACPI tables into the machine description. Each decoder takes one whole table, checksum checked, and stays
// within it; a table or an entry that is too short for what it must hold becomes a problem. What AML tells
// comes after them (aml.h). Pure: also compiled into the host tests.

#include <boot/common/physical_reader.h>

#include "description.h"

#include <span>

namespace nucleus::description {

/// All tables under the root pointer at `rsdp`.
void describe_acpi(PhysAddr rsdp, const PhysicalReader& memory, Description& out);

using Bytes = std::span<const std::byte>;

void describe_madt(Bytes table, Description& out);  // processors and interrupt controllers
void describe_mcfg(Bytes table, Description& out);  // PCI configuration space
void describe_fadt(Bytes table, Description& out);  // power, PM timer, CMOS clock
void describe_hpet(Bytes table, Description& out);
void describe_gtdt(Bytes table, Description& out);  // Arm's generic timer
void describe_spcr(Bytes table, Description& out);  // the console's UART
void describe_rhct(Bytes table, Description& out);  // RISC-V harts: ISA strings, the time base

}  // namespace nucleus::description
