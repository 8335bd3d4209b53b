// SPDX-License-Identifier: ISC
#pragma once

// Delivering signals: on the way back to the program from a call or a trap, and at once for faults.

#include <nucleus/signal_state.h>

#include <cstdint>

namespace nucleus {

/// Blocks `mask` (unblockable signals left out) for the current thread.
void set_blocked_signals(std::uint64_t mask);

/// Blocks `mask` until the call has ended and the signal that ended it is delivered: rt_sigsuspend, ppoll,
/// pselect6.
void set_blocked_signals_for_this_call(std::uint64_t mask);
/// Ends that without a signal.
void restore_blocked_signals();

}  // namespace nucleus
