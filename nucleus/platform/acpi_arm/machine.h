// SPDX-License-Identifier: ISC
#pragma once

// What an Arm port wants to know, from ACPI's tables in place of a devicetree: plain values, before any
// device is touched. No AML is interpreted. Pure: also compiled into the host tests.  Spec: [acpi "Multiple
// APIC Description Table (MADT)"], [acpi "Generic Timer Description Table (GTDT)"], [acpi/spcr]

#include <boot/common/physical_reader.h>

#include <platform/devicetree/machine.h>

namespace nucleus::acpi {

/// Fills `machine` from all tables under the root pointer at `rsdp`. A table that is out of reach or fails
/// its checksum is as if it were not there. Returns null, or what is wrong, as a phrase.
///
/// There is no clock in it, since no table tells of one; and the numbers by which an ITS knows PCI functions
/// are taken to be their requester ids.
const char* decode_arm_machine(PhysAddr rsdp, const PhysicalReader& memory, devicetree::Machine& machine);

}  // namespace nucleus::acpi
