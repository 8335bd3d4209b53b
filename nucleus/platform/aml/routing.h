// SPDX-License-Identifier: ISC
#pragma once

// The rows of _PRT: which interrupt a pin of a device on a PCI bus raises.  Spec: [acpi "_PRT (PCI Routing
// Table)"]

#include "value.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace nucleus::aml {

struct PinRoute {
  std::uint32_t device = 0;  // all of its functions
  std::uint32_t pin = 0;     // 1 to 4: A to D
  std::string_view link;     // the link device that the pin goes to: a path, or a name; empty: to a line
  std::uint32_t line = 0;    // where it goes without link device
};

/// Nothing: the row is none.
std::optional<PinRoute> read_route(const Value& row);

}  // namespace nucleus::aml
