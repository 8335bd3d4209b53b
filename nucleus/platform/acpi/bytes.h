// SPDX-License-Identifier: ISC
#pragma once

// Reading fields of a table by offset. A field beyond the table's end is zero: older revisions are shorter.

#include <cstddef>
#include <span>

namespace nucleus::acpi {

template <typename T>
T load(std::span<const std::byte> from, std::size_t offset) {
  T value{};
  if (offset <= from.size() && from.size() - offset >= sizeof(T)) {
    __builtin_memcpy(&value, from.data() + offset, sizeof(T));
  }
  return value;
}

}  // namespace nucleus::acpi
