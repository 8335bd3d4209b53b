// SPDX-License-Identifier: ISC
#pragma once

// Clocks and this CPU's one-shot timer on x86_64.

#include <cstdint>

namespace arch {

std::uint64_t monotonic_ns();
void set_timer(std::uint64_t deadline_ns);
void stop_timer();
std::uint64_t wall_clock_ns();

}  // namespace arch
