// SPDX-License-Identifier: ISC

// The interrupt controllers and processors.  Spec: [acpi "Multiple APIC Description Table (MADT)"]

#include "bytes.h"
#include "tables.h"

namespace nucleus::acpi {
namespace {

enum EntryType : std::uint8_t {
  local_apic = 0,
  io_apic = 1,
  source_override = 2,
  local_apic_address = 5,
  x2apic = 9
};

constexpr std::uint32_t processor_enabled = 1;

void add_processor(Machine& machine, std::uint32_t apic_id, std::uint32_t flags) {
  if ((flags & processor_enabled) == 0 || machine.processor_count == machine.processors.size()) return;
  machine.processors[machine.processor_count++] = {apic_id};
}

void add_override(Machine& machine, std::span<const std::byte> entry) {
  if (machine.override_count < machine.overrides.size())
    machine.overrides[machine.override_count++] = read_override(entry);
}

void decode_entry(std::span<const std::byte> entry, Machine& machine) {
  switch (load<std::uint8_t>(entry, 0)) {
    case local_apic:
      return add_processor(machine, load<std::uint8_t>(entry, 3), load<std::uint32_t>(entry, 4));
    case x2apic:
      return add_processor(machine, load<std::uint32_t>(entry, 4), load<std::uint32_t>(entry, 8));
    case source_override:
      return add_override(machine, entry);
    case local_apic_address:
      machine.local_apic = {load<std::uint64_t>(entry, 4)};
      return;
    case io_apic:
      if (machine.io_apic_count < machine.io_apics.size()) {
        machine.io_apics[machine.io_apic_count++] = {{load<std::uint32_t>(entry, 4)},
                                                     load<std::uint32_t>(entry, 8)};
      }
      return;
  }
}

}  // namespace

void decode_madt(std::span<const std::byte> table, Machine& machine) {
  machine.local_apic = {load<std::uint32_t>(table, 36)};
  MadtEntries entries{table};
  while (const auto entry = entries.next()) decode_entry(*entry, machine);
}

}  // namespace nucleus::acpi
