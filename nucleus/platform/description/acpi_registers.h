// SPDX-License-Identifier: ISC
#pragma once

// Generic Address Structures.  Spec: [acpi "Generic Address Structure"]

#include "acpi.h"

#include <platform/acpi/bytes.h>

namespace nucleus::description {

/// The structure at `offset` of a table; spaces other than memory and ports are as if absent.
inline nucleus_register register_at(Bytes table, std::size_t offset) {
  const auto space = acpi::load<std::uint8_t>(table, offset);
  if (space > NUCLEUS_SPACE_PORTS) return {};
  return {.space = space,
          .width = acpi::load<std::uint8_t>(table, offset + 1),
          .address = acpi::load<std::uint64_t>(table, offset + 4)};
}

/// The extended field if it is filled in, else the old one, which is a port.
inline nucleus_register register_at(Bytes table, std::size_t extended, std::size_t old_port,
                                    std::uint32_t width) {
  const nucleus_register found = register_at(table, extended);
  if (found.address != 0) return found;
  const auto port = acpi::load<std::uint32_t>(table, old_port);
  if (port == 0) return {};
  return {.space = NUCLEUS_SPACE_PORTS, .width = width, .address = port};
}

}  // namespace nucleus::description
