// SPDX-License-Identifier: ISC
#pragma once

#include "tick_scale.h"

namespace arch::x86_64 {

/// Chooses the clock and measures it, which takes one to a few milliseconds. Local APIC on.
void init_clock();

/// Measures again where that is due; for the boot CPU's timer interrupt.
void refine_clock();

/// Counts of the one-shot timer (the local APIC's, or TSC ticks in deadline mode) in a nanosecond.
Rate timer_counts_per_ns();

/// The clock must be read at least this often.
std::uint64_t longest_sleep_ns();

}  // namespace arch::x86_64
