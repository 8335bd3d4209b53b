// SPDX-License-Identifier: ISC

#include "tables.h"

#include "bytes.h"
#include "root.h"

namespace nucleus::acpi {
namespace {

void read_table(PhysAddr at, const PhysicalReader& memory, Machine& machine) {
  const auto table = table_at(at, memory).bytes;
  switch (load<std::uint32_t>(table, 0)) {
    case signature("APIC"):
      return decode_madt(table, machine);
    case signature("HPET"):
      return decode_hpet(table, machine);
    case signature("FACP"): {
      decode_fadt(table, machine);
      const std::uint64_t extended = load<std::uint64_t>(table, 140);
      const PhysAddr dsdt{extended != 0 ? extended : load<std::uint32_t>(table, 40)};
      return find_soft_off(table_at(dsdt, memory).bytes, machine);
    }
  }
}

}  // namespace

bool checksum_holds(std::span<const std::byte> table) {
  // Eight bytes at a time, in four lanes of 16 bits each for the even and the odd ones: tables can be long.
  // Only the low byte of a sum counts, so lanes may overflow into each other's high bytes as long as those
  // are cut in time.
  constexpr std::uint64_t even_bytes = 0x00ff'00ff'00ff'00ff;
  std::uint64_t lanes = 0;
  std::size_t at = 0;
  for (; at + 8 <= table.size(); at += 8) {
    const auto word = load<std::uint64_t>(table, at);
    lanes = (lanes & even_bytes) + (word & even_bytes) + (word >> 8 & even_bytes);
  }
  unsigned sum = 0;
  for (; lanes != 0; lanes >>= 16) sum += lanes & 0xff;
  for (; at < table.size(); ++at) sum += static_cast<unsigned>(table[at]);
  return (sum & 0xff) == 0;
}

bool read_machine(PhysAddr rsdp, const PhysicalReader& memory, Machine& machine) {
  const RootList list = read_root(rsdp, memory);
  if (list.table.bytes.empty()) return false;
  for (std::size_t i = 0; i < list.count(); ++i) read_table(list[i], memory, machine);
  return true;
}

PhysAddr find_root_pointer(const PhysicalReader& memory) {
  for (std::uint64_t at = 0xe0000; at < 0x100000; at += 16) {
    if (read_root({at}, memory).entry_size != 0) return {at};
  }
  return {};
}

}  // namespace nucleus::acpi
