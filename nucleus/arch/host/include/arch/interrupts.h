// SPDX-License-Identifier: ISC
#pragma once

// Interrupts of the simulated machine: a flag. Tests raise them by calling the upcalls themselves.

#include <cstdint>

namespace arch {

enum class InterruptState : std::uint8_t { off, on };

bool interrupts_enabled();
void enable_interrupts();
void disable_interrupts();
InterruptState save_and_disable_interrupts();
void restore_interrupts(InterruptState state);
/// Other CPUs go on. If all wait, moves the simulated clock to the earliest timer that is armed; fails the
/// test if there is none: nothing could ever happen again.
void wait_for_interrupt();
void relax();

}  // namespace arch
