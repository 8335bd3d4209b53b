// SPDX-License-Identifier: ISC

// Interval timers as calls.  Spec: [posix "setitimer", "alarm"]

#include "calls.h"
#include "interval_timers.h"
#include "time_values.h"

namespace nucleus::call {
namespace {

Result<IntervalTimer> decode_timer(int number) {
  if (number < 0 || number >= static_cast<int>(interval_timer_count)) return Error::invalid_argument;
  return static_cast<IntervalTimer>(number);
}

abi::IntervalTimer value_of(const TimerSetting& setting) {
  return {.interval = timeval_of(setting.interval_ns), .value = timeval_of(setting.until_next_ns)};
}

Result<std::uint64_t> decode_timeval(const abi::Timeval& time) {
  return nanoseconds_of(time.seconds, time.microseconds * static_cast<std::int64_t>(ns_per_us));
}

}  // namespace

Result<long> get_interval_timer(const Arguments& arguments) {
  const IntervalTimer which = TRY(decode_timer(arguments.integer(0)));
  TRY(store_to_program(arguments.address(1), value_of(interval_timer(which))));
  return 0L;
}

Result<long> set_interval_timer(const Arguments& arguments) {
  const IntervalTimer which = TRY(decode_timer(arguments.integer(0)));
  TimerSetting wanted;
  if (!arguments.is_null(1)) {
    const auto value = TRY(load_from_program<abi::IntervalTimer>(arguments.address(1)));
    wanted = {TRY(decode_timeval(value.value)), TRY(decode_timeval(value.interval))};
  }
  const TimerSetting old = TRY(nucleus::set_interval_timer(which, wanted));
  TRY(store_if_wanted(arguments.address(2), value_of(old)));
  return 0L;
}

Result<long> set_alarm(const Arguments& arguments) {
  const TimerSetting wanted{std::uint64_t{arguments.flags(0)} * ns_per_s, 0};
  const TimerSetting old = TRY(nucleus::set_interval_timer(IntervalTimer::real, wanted));
  return static_cast<long>((old.until_next_ns + ns_per_s - 1) / ns_per_s);
}

}  // namespace nucleus::call
