// SPDX-License-Identifier: ISC
#pragma once

// Interrupts of devices, as events that threads wait for. A port calls upcall_interrupt() with the line
// masked (but for messages on x86_64, which need no mask); it stays masked until somebody waits for the next
// one, and so has dealt with the device.

#include <nucleus/result.h>
#include <nucleus/time.h>

#include <cstdint>

namespace nucleus {

/// Makes the interrupts of a line countable, and lets them through. Returns what the functions below take.
/// Errors: busy (it is claimed already), too_many. Context: thread, no lock held.
Result<unsigned> claim_line(unsigned line);

/// Waits until more than `seen` interrupts have come; returns how many have. At `deadline` it returns what
/// there is. Errors: not_found (no such event), interrupted (a signal). Context: thread, no lock held.
Result<std::uint64_t> wait_for_line(unsigned event, std::uint64_t seen, Deadline deadline);

/// Counts an interrupt. Context: upcall_interrupt().
void line_arrived(unsigned line);

}  // namespace nucleus
