// SPDX-License-Identifier: ISC
#pragma once

namespace arch::x86_64 {

/// Sets this CPU's timer up, stopped.
void init_timer();

/// After the timer's interrupt: true if the deadline has come. If the hardware was early (its counter is too
/// short for the whole wait, or the rate a little off), it is set again. Interrupts off.
bool timer_is_due();

}  // namespace arch::x86_64
