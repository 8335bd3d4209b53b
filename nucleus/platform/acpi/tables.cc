// SPDX-License-Identifier: ISC

#include "tables.h"

#include "bytes.h"

namespace nucleus::acpi {
namespace {

constexpr std::size_t header_size = 36;
constexpr std::size_t max_table_size = 1 << 20;  // more is taken for a broken length

constexpr std::uint32_t signature(const char (&text)[5]) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<unsigned char>(text[i])} << (8 * i);
  return value;
}

/// The whole table at `at`, or nothing if it is out of reach or broken.
std::span<const std::byte> table_at(PhysAddr at, const PhysicalReader& memory) {
  const auto header = memory.bytes(at, header_size);
  const std::size_t length = load<std::uint32_t>(header, 4);
  if (length < header_size || length > max_table_size) return {};
  const auto table = memory.bytes(at, length);
  return checksum_holds(table) ? table : std::span<const std::byte>{};
}

void read_table(PhysAddr at, const PhysicalReader& memory, Machine& machine) {
  const auto table = table_at(at, memory);
  switch (load<std::uint32_t>(table, 0)) {
    case signature("APIC"):
      return decode_madt(table, machine);
    case signature("HPET"):
      return decode_hpet(table, machine);
    case signature("FACP"): {
      decode_fadt(table, machine);
      const std::uint64_t extended = load<std::uint64_t>(table, 140);
      const PhysAddr dsdt{extended != 0 ? extended : load<std::uint32_t>(table, 40)};
      return find_soft_off(table_at(dsdt, memory), machine);
    }
  }
}

struct Root {
  PhysAddr at{};
  std::size_t entry_size = 0;  // 8: XSDT, 4: RSDT
};

Root decode_root_pointer(PhysAddr rsdp, const PhysicalReader& memory) {
  constexpr std::size_t old_size = 20;
  constexpr std::size_t new_size = 36;
  const auto bytes = memory.bytes(rsdp, old_size);
  if (bytes.empty() || __builtin_memcmp(bytes.data(), "RSD PTR ", 8) != 0 || !checksum_holds(bytes))
    return {};
  if (load<std::uint8_t>(bytes, 15) >= 2) {
    const auto extended = memory.bytes(rsdp, new_size);
    const std::uint64_t xsdt = load<std::uint64_t>(extended, 24);
    if (xsdt != 0 && checksum_holds(extended)) return {{xsdt}, 8};
  }
  return {{load<std::uint32_t>(bytes, 16)}, 4};
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
  const Root root = decode_root_pointer(rsdp, memory);
  if (root.entry_size == 0) return false;
  const auto list = table_at(root.at, memory);
  if (list.empty()) return false;
  for (std::size_t offset = header_size; offset + root.entry_size <= list.size(); offset += root.entry_size) {
    const std::uint64_t at =
        root.entry_size == 8 ? load<std::uint64_t>(list, offset) : load<std::uint32_t>(list, offset);
    read_table({at}, memory, machine);
  }
  return true;
}

PhysAddr find_root_pointer(const PhysicalReader& memory) {
  for (std::uint64_t at = 0xe0000; at < 0x100000; at += 16) {
    if (decode_root_pointer({at}, memory).entry_size != 0) return {at};
  }
  return {};
}

}  // namespace nucleus::acpi
