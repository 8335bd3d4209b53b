// SPDX-License-Identifier: ISC
#pragma once

// From the root pointer to whole, checked tables.  Spec: [acpi "Root System Description Pointer (RSDP)"],
// [acpi "System Description Table Header"]

#include <boot/common/physical_reader.h>

#include <nucleus/address.h>

#include "bytes.h"

#include <cstdint>
#include <span>

namespace nucleus::acpi {

inline constexpr std::size_t header_size = 36;

constexpr std::uint32_t signature(const char (&text)[5]) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<unsigned char>(text[i])} << (8 * i);
  return value;
}

/// A whole table, header included.
struct Table {
  PhysAddr at{};
  std::span<const std::byte> bytes;  // empty if there is a defect
  std::uint32_t signature = 0;       // 0: not even the header could be read
  const char* defect = nullptr;      // what is wrong with it: "is out of reach", ...
};

/// Reads the table at `at`: its header, then all of it, length and checksum checked.
Table table_at(PhysAddr at, const PhysicalReader& memory);

/// The list of tables that the root pointer leads to.
struct RootList {
  Table table;                 // XSDT or RSDT
  std::size_t entry_size = 0;  // 8 or 4; 0: the root pointer itself is no use

  std::size_t count() const {
    return table.bytes.empty() ? 0 : (table.bytes.size() - header_size) / entry_size;
  }
  PhysAddr operator[](std::size_t index) const {
    const std::size_t at = header_size + index * entry_size;
    return {entry_size == 8 ? load<std::uint64_t>(table.bytes, at) : load<std::uint32_t>(table.bytes, at)};
  }
};

/// Without a usable root pointer at `rsdp` the list is empty, and table.defect says why.
RootList read_root(PhysAddr rsdp, const PhysicalReader& memory);

}  // namespace nucleus::acpi
