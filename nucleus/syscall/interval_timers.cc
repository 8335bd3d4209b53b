// SPDX-License-Identifier: ISC

#include "interval_timers.h"

#include "signal_table.h"

#include <nucleus/immortal.h>
#include <nucleus/thread.h>
#include <nucleus/time.h>

namespace nucleus {
namespace {

constexpr std::uint64_t never_ns = ~std::uint64_t{0};

struct Timers {
  struct One {
    std::uint64_t next_ns = 0;  // 0: off
    std::uint64_t interval_ns = 0;
  };
  One of[interval_timer_count];
  Thread* server = nullptr;
};

constinit Locked<Timers, Rank::process> timers;

constexpr int signals[] = {signal_number::alarm, signal_number::virtual_alarm, signal_number::profile};

/// Puts the timers that are due to their next moment; returns their signals as bits, and the earliest moment
/// to come.
std::uint64_t take_due(Timers& all, std::uint64_t now, std::uint64_t& earliest) {
  std::uint64_t due = 0;
  earliest = never_ns;
  for (unsigned i = 0; i < interval_timer_count; i++) {
    Timers::One& timer = all.of[i];
    if (timer.next_ns != 0 && timer.next_ns <= now) {
      due |= signal_bit(signals[i]);
      if (timer.interval_ns == 0) {
        timer.next_ns = 0;
      } else {
        // Missed rounds are not made up for.
        timer.next_ns += ((now - timer.next_ns) / timer.interval_ns + 1) * timer.interval_ns;
      }
    }
    if (timer.next_ns != 0 && timer.next_ns < earliest) earliest = timer.next_ns;
  }
  return due;
}

void serve(void*) {
  for (;;) {
    std::uint64_t earliest = never_ns;
    const std::uint64_t due =
        timers.with([&](Timers& all) { return take_due(all, monotonic_ns(), earliest); });
    for (const int signal : signals) {
      if (due & signal_bit(signal)) send_signal_to_program(signal);
    }
    park(earliest == never_ns ? Deadline::never() : Deadline::at(earliest));
  }
}

TimerSetting setting_of(const Timers::One& timer) {
  if (timer.next_ns == 0) return {0, timer.interval_ns};
  const std::uint64_t now = monotonic_ns();
  // One that is due but not yet served has a moment left, not none.
  return {timer.next_ns > now ? timer.next_ns - now : 1'000, timer.interval_ns};
}

/// Errors: out_of_memory.
Result<> make_server() {
  if (timers.with([](Timers& all) { return all.server != nullptr; })) return {};
  Thread* made = TRY(Thread::create(serve, nullptr, Priority::high));
  // Two threads may set their first timers at once: one server too many only sleeps.
  timers.with([&](Timers& all) { all.server = made; });
  made->start();
  return {};
}

}  // namespace

TimerSetting interval_timer(IntervalTimer which) {
  return timers.with([&](Timers& all) { return setting_of(all.of[static_cast<unsigned>(which)]); });
}

Result<TimerSetting> set_interval_timer(IntervalTimer which, const TimerSetting& setting) {
  if (setting.until_next_ns != 0) TRY(make_server());
  const TimerSetting old = timers.with([&](Timers& all) {
    Timers::One& timer = all.of[static_cast<unsigned>(which)];
    const TimerSetting before = setting_of(timer);
    timer = {setting.until_next_ns ? Deadline::after(setting.until_next_ns).ns() : 0, setting.interval_ns};
    if (timer.next_ns == never_ns) timer.next_ns = 0;
    if (all.server) unpark(*all.server);
    return before;
  });
  return old;
}

}  // namespace nucleus
