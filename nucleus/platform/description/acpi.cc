// SPDX-License-Identifier: ISC

#include "acpi.h"

#include <platform/acpi/root.h>

namespace nucleus::description {
namespace {

using acpi::signature;

struct Decoder {
  std::uint32_t signature;
  void (*decode)(Bytes, Description&);
};

constexpr Decoder decoders[] = {
    {signature("APIC"), describe_madt}, {signature("MCFG"), describe_mcfg},
    {signature("FACP"), describe_fadt}, {signature("HPET"), describe_hpet},
    {signature("GTDT"), describe_gtdt}, {signature("SPCR"), describe_spcr},
    {signature("RHCT"), describe_rhct},
};

std::string_view signature_text(const std::uint32_t& signature) {
  return {reinterpret_cast<const char*>(&signature), 4};
}

void list_table(const acpi::Table& table, Description& out) {
  auto* const entry = out.add(out.machine().tables, out.machine().table_count, "ACPI tables");
  if (entry == nullptr) return;
  set_text(entry->signature, signature_text(table.signature));
  entry->length = acpi::load<std::uint32_t>(table.bytes, 4);
  entry->revision = acpi::load<std::uint8_t>(table.bytes, 8);
  entry->address = table.at.value;
}

/// Who made a table, and for what: padded with blanks.
std::string_view oem_of(Bytes table) {
  constexpr std::size_t oem_table = 16;
  std::string_view text{reinterpret_cast<const char*>(table.data()) + oem_table, sizeof(std::uint64_t)};
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// The MADT comes first: others speak of its processors.
constexpr std::uint32_t first_table = signature("APIC");

void describe_table(const acpi::Table& table, Description& out) {
  if (table.defect != nullptr) {
    if (table.signature == 0) return out.problem("the ACPI table at {:x} {}", table.at, table.defect);
    char name[8];
    set_text(name, signature_text(table.signature));
    return out.problem("the ACPI table {} at {:x} {}", name, table.at, table.defect);
  }
  list_table(table, out);
  for (const Decoder& decoder : decoders) {
    if (decoder.signature == table.signature) decoder.decode(table.bytes, out);
  }
}

}  // namespace

void describe_acpi(PhysAddr rsdp, const PhysicalReader& memory, Description& out) {
  out.machine().root_table = rsdp.value;
  const acpi::RootList list = acpi::read_root(rsdp, memory);
  if (list.entry_size == 0) return out.problem("ACPI's root pointer at {:x} {}", rsdp, list.table.defect);
  if (list.table.defect != nullptr)
    return out.problem("ACPI's list of tables at {:x} {}", list.table.at, list.table.defect);
  out.machine().sources |= NUCLEUS_SOURCE_ACPI;
  if (out.machine().model[0] == '\0') set_text(out.machine().model, oem_of(list.table.bytes));
  for (const bool first : {true, false}) {
    for (std::size_t i = 0; i < list.count(); ++i) {
      const acpi::Table table = acpi::table_at(list[i], memory);
      if ((table.signature == first_table) == first) describe_table(table, out);
    }
  }
}

}  // namespace nucleus::description
