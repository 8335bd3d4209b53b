// SPDX-License-Identifier: ISC
#pragma once

// The monotonic clock, this CPU's one-shot timer, and the wall clock: what each port supplies (contract.h).

#include <cstdint>

namespace arch {

std::uint64_t monotonic_ns();
void set_timer(std::uint64_t deadline_ns);
void stop_timer();
std::uint64_t wall_clock_ns();

}  // namespace arch
