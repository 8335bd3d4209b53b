// SPDX-License-Identifier: ISC
#pragma once

// Interrupts of devices, as events that threads wait for. A port calls upcall_interrupt() with the line
// masked (but for messages on x86_64, which need no mask); it stays masked until all who use it wait for the
// next one, and so have dealt with their devices.

#include <nucleus/result.h>
#include <nucleus/time.h>

#include <arch/devices.h>

#include <cstdint>
#include <optional>

namespace nucleus {

/// Whether others may have the line, too: those of pins.
enum class Sharing : std::uint8_t { none, allowed };

/// Lines from here on are none of the machine's: the nucleus itself calls line_arrived() for them.
constexpr unsigned first_soft_line = 0xffff'ff00;

/// Makes the interrupts of a line countable, and lets them through. Returns the event, which the functions
/// below take; each user of a shared line has one, and all of them count each interrupt. Errors: busy (others
/// have it), too_many, not_supported (the machine has no such line). Context: thread, no lock held.
Result<unsigned> claim_line(unsigned line, arch::LineForm form, Sharing sharing);

/// Waits until more than `seen` interrupts have come; returns how many have. At `deadline` it returns what
/// there is. Errors: not_found (no such event), interrupted (a signal). Context: thread, no lock held.
Result<std::uint64_t> wait_for_line(unsigned event, std::uint64_t seen, Deadline deadline);

// Many events, one place where a thread waits for all of them.

/// Lets take_arrived() tell of the event once, when more than `seen` interrupts have come. Returns how many
/// have; if that is more than `seen` already, nothing else happens. Lets the line through, as a wait does.
/// Errors: not_found (no such event). Context: thread, no lock held.
Result<std::uint64_t> arm_line(unsigned event, std::uint64_t seen);

/// An armed event that has come, which is not armed any more. Context: any.
std::optional<unsigned> take_arrived();

/// Waits until there is something to take, or until the next rouse_who_waits_for_arrived(). Errors:
/// timed_out, interrupted (a signal). Context: thread, no lock held.
Result<> wait_for_arrived(Deadline deadline);

/// Context: thread, no lock held.
void rouse_who_waits_for_arrived();

/// Counts an interrupt. Context: upcall_interrupt(), or any without a lock.
void line_arrived(unsigned line);

}  // namespace nucleus
