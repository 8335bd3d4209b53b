// SPDX-License-Identifier: ISC
#pragma once

#include <platform/x86/tick_scale.h>

namespace arch::x86_64 {

/// Chooses the clock and sets it going. After begin_measuring(). The boot CPU keeps it from now on.
void init_clock();

/// Counts of the one-shot timer (the local APIC's, or TSC ticks in deadline mode) in a nanosecond.
Rate timer_counts_per_ns();

/// How long this CPU may sleep until the clock needs it; ~0: for ever. Interrupts off.
std::uint64_t ns_to_clock_work();
/// Refines the clock if that is due. In the timer's interrupt.
void do_clock_work();

}  // namespace arch::x86_64
