// SPDX-License-Identifier: ISC
#pragma once

// Measuring the TSC and the local APIC's timer against a counter of known rate.
//
// One reading is worth little, because the host may take the virtual CPU away at any moment. So each reading
// of the reference is bracketed by two of the TSC, and the narrowest of several brackets counts.

#include "reference_counter.h"

#include <cstdint>

namespace arch::x86_64 {

/// What all counters showed at one moment.
struct Sample {
  std::uint32_t reference = 0;
  std::uint64_t tsc = 0;
  std::uint64_t bracket = ~std::uint64_t{0};  // TSC ticks within which `reference` was read
  std::uint32_t timer = 0;                    // the local APIC's counter: counts down
};

/// How far the counters went between two samples.
struct Measurement {
  std::uint64_t ns = 0;
  std::uint64_t ticks = 0;         // of the TSC
  std::uint64_t timer_counts = 0;  // of the local APIC's timer
};

/// Chooses the reference and takes the first sample, which all measurements start from. The local APIC's
/// timer runs freely from here to the end of measure_at_boot(). Panics if there is no reference.
void begin_measuring(MapRegisters map);
/// The same reference from now on through `map`.
void remap_reference(MapRegisters map);

/// Waits, if it must, until both brackets are narrow against the time since the first sample: 1 part in 200,
/// and at least 0.1 ms.
Measurement measure_at_boot();

/// From the first sample to now. Its timer_counts mean nothing.
Measurement measure_now();

const ReferenceCounter& reference();

/// Half a turn of the reference: longer measurements would be ambiguous.
std::uint64_t longest_measurement_ns();

}  // namespace arch::x86_64
