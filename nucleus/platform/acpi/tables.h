// SPDX-License-Identifier: ISC
#pragma once

// What the nucleus wants from the ACPI tables, decoded in one go into plain values, before any device is
// touched. No AML is interpreted. Pure: also compiled into the host tests.  Spec: [acpi "ACPI Software
// Programming Model"]

#include <boot/common/physical_reader.h>

#include <nucleus/address.h>

#include "fields.h"

#include <array>
#include <cstdint>
#include <span>

namespace nucleus::acpi {

struct Processor {
  std::uint32_t apic_id = 0;
};

struct IoApic {
  PhysAddr registers{};
  std::uint32_t first_line = 0;  // its global system interrupt base
};

/// What the tables said. What they did not say is zero or absent.
struct Machine {
  static constexpr unsigned max_processors = 64;
  std::array<Processor, max_processors> processors{};  // enabled ones, in the table's order
  unsigned processor_count = 0;
  std::array<IoApic, 4> io_apics{};
  unsigned io_apic_count = 0;
  std::array<LineOverride, 16> overrides{};
  unsigned override_count = 0;
  PhysAddr local_apic{};  // 0: no MADT

  PhysAddr hpet{};
  Fadt fadt;
  bool has_soft_off = false;  // the _S5 package was found
  std::uint8_t soft_off_type_a = 0;
  std::uint8_t soft_off_type_b = 0;
};

/// Reads all tables under the root pointer at `rsdp`. A table that is out of reach or fails its checksum is
/// as if it were not there. Returns false if the root itself is no use.
bool read_machine(PhysAddr rsdp, const PhysicalReader& memory, Machine& machine);

/// The root pointer where a BIOS leaves it (0xe0000 - 0xfffff, every 16 bytes); 0: not found.
PhysAddr find_root_pointer(const PhysicalReader& memory);

// The parts, each on a whole table, header included.

void decode_madt(std::span<const std::byte> table, Machine& machine);
void decode_fadt(std::span<const std::byte> table, Machine& machine);
void decode_hpet(std::span<const std::byte> table, Machine& machine);

/// Looks for the _S5 package in a definition block, without interpreting it: the name, then a package whose
/// first two elements are small integers, which is the form that firmware uses.
void find_soft_off(std::span<const std::byte> dsdt, Machine& machine);

/// Whether the bytes add up to zero.
bool checksum_holds(std::span<const std::byte> table);

}  // namespace nucleus::acpi
