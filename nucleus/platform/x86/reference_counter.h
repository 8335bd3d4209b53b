// SPDX-License-Identifier: ISC
#pragma once

// Counters of known rate, to measure the TSC by, and to be the clock where the TSC cannot be trusted.

#include <platform/acpi/tables.h>

#include <cstddef>
#include <cstdint>

namespace arch::x86_64 {

struct ReferenceCounter {
  const char* name = nullptr;         // null: the machine has none
  std::uint32_t (*read)() = nullptr;  // counts up
  std::uint32_t mask = 0;             // the counter's width
  std::uint64_t period_fs = 0;        // femtoseconds of one count
};

/// Gives the address of a device's registers.
using MapRegisters = volatile std::uint32_t* (*)(nucleus::PhysAddr at, std::size_t size);

/// The best that `machine` has: HPET, ACPI PM timer, or channel 0 of the old PC's timer (started for it).
ReferenceCounter find_reference_counter(const nucleus::acpi::Machine& machine, MapRegisters map);

/// Moves to another mapping of the same registers.
void remap_reference_counter(const nucleus::acpi::Machine& machine, MapRegisters map);

}  // namespace arch::x86_64
