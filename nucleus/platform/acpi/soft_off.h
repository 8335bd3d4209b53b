// SPDX-License-Identifier: ISC
#pragma once

// The sleep types of soft-off, where AML has been interpreted. Without, they are looked for (tables.h).

#include <cstdint>
#include <optional>

namespace nucleus::acpi {

/// For the two PM1 control registers; the first is that of the sleep control register, too.
struct SoftOff {
  std::uint8_t type_a = 0;
  std::uint8_t type_b = 0;
};

/// Context: thread.
void set_interpreted_soft_off(SoftOff types);
/// Context: any.
std::optional<SoftOff> interpreted_soft_off();

}  // namespace nucleus::acpi
