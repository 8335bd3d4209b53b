// SPDX-License-Identifier: ISC
#pragma once

// Registers of ACPI tables, as the description has them.

#include "acpi.h"

#include <platform/acpi/fields.h>

namespace nucleus::description {

inline nucleus_register register_of(const acpi::Register& from) {
  if (!from.present()) return {};
  return {.space = static_cast<std::uint32_t>(from.space), .width = from.width, .address = from.address};
}

inline nucleus_register register_at(Bytes table, std::size_t offset) {
  return register_of(acpi::register_at(table, offset));
}

}  // namespace nucleus::description
