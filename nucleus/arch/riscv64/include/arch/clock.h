// SPDX-License-Identifier: ISC
#pragma once

// The time CSR as clock; stimecmp, or else the SBI, as one-shot alarm.

#include <cstdint>

namespace arch {

std::uint64_t monotonic_ns();
void set_timer(std::uint64_t deadline_ns);
void stop_timer();
std::uint64_t wall_clock_ns();

}  // namespace arch
