// SPDX-License-Identifier: ISC

#include "root.h"

#include "tables.h"

namespace nucleus::acpi {
namespace {

constexpr std::size_t max_table_size = 1 << 20;  // more is taken for a broken length

struct RootPointer {
  PhysAddr list{};
  std::size_t entry_size = 0;
  const char* defect = nullptr;
};

RootPointer decode_root_pointer(PhysAddr rsdp, const PhysicalReader& memory) {
  constexpr std::size_t old_size = 20;
  constexpr std::size_t new_size = 36;
  const auto bytes = memory.bytes(rsdp, old_size);
  if (bytes.empty()) return {.defect = "is out of reach"};
  if (__builtin_memcmp(bytes.data(), "RSD PTR ", 8) != 0) return {.defect = "has no signature"};
  if (!checksum_holds(bytes)) return {.defect = "has a wrong checksum"};
  if (load<std::uint8_t>(bytes, 15) >= 2) {
    const auto extended = memory.bytes(rsdp, new_size);
    const std::uint64_t xsdt = load<std::uint64_t>(extended, 24);
    if (xsdt != 0 && checksum_holds(extended)) return {{xsdt}, 8};
  }
  return {{load<std::uint32_t>(bytes, 16)}, 4};
}

}  // namespace

Table table_at(PhysAddr at, const PhysicalReader& memory) {
  Table result{.at = at};
  const auto header = memory.bytes(at, header_size);
  if (header.empty()) {
    result.defect = "is out of reach";
    return result;
  }
  result.signature = load<std::uint32_t>(header, 0);
  const std::size_t length = load<std::uint32_t>(header, 4);
  if (length < header_size || length > max_table_size) {
    result.defect = "has a length that cannot be";
    return result;
  }
  const auto table = memory.bytes(at, length);
  if (table.empty()) {
    result.defect = "ends out of reach";
  } else if (!checksum_holds(table)) {
    result.defect = "has a wrong checksum";
  } else {
    result.bytes = table;
  }
  return result;
}

RootList read_root(PhysAddr rsdp, const PhysicalReader& memory) {
  const RootPointer root = decode_root_pointer(rsdp, memory);
  if (root.entry_size == 0) return {.table = {.at = rsdp, .defect = root.defect}};
  return {table_at(root.list, memory), root.entry_size};
}

}  // namespace nucleus::acpi
