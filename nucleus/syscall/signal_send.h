// SPDX-License-Identifier: ISC
#pragma once

// Sending a signal to the program, from any part of the nucleus.

namespace nucleus {

/// Marks `signal` pending for the whole program and wakes a thread that does not block it. Ignored signals
/// are dropped. Context: any but the catch stack; takes Rank::thread_list.
void send_signal_to_program(int signal);

}  // namespace nucleus
