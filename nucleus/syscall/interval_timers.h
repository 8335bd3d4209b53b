// SPDX-License-Identifier: ISC
#pragma once

// The program's interval timers: a signal once or again and again. All three run by the monotonic clock:
// ITIMER_VIRTUAL and ITIMER_PROF do not stop while the program waits. One kernel thread, made with the first
// timer, serves them.

#include <nucleus/result.h>

#include <cstdint>

namespace nucleus {

enum class IntervalTimer : std::uint8_t { real, virtual_time, profile };
inline constexpr unsigned interval_timer_count = 3;

/// Both in nanoseconds; 0: off, and once.
struct TimerSetting {
  std::uint64_t until_next_ns = 0;
  std::uint64_t interval_ns = 0;
};

TimerSetting interval_timer(IntervalTimer which);
/// Returns the old setting. Errors: out_of_memory (no thread to serve it).
Result<TimerSetting> set_interval_timer(IntervalTimer which, const TimerSetting& setting);

}  // namespace nucleus
