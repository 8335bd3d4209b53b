// SPDX-License-Identifier: ISC

// Clocks and sleeping.  Spec: [linux/uapi "linux/time.h"], [posix "clock_gettime"]

#include "calls.h"
#include "time_values.h"

#include <nucleus/address_space.h>
#include <nucleus/thread.h>
#include <nucleus/wait_queue.h>

namespace nucleus::call {
namespace {

enum Clock : int {
  clock_realtime = 0,
  clock_monotonic = 1,
  clock_process_cpu = 2,
  clock_thread_cpu = 3,
  clock_monotonic_raw = 4,
  clock_realtime_coarse = 5,
  clock_monotonic_coarse = 6,
  clock_boot = 7,
};
constexpr std::uint32_t timer_absolute = 1;
constexpr std::uint64_t ticks_per_s = 100;

/// A thread's CPU time: the complement of its id, above three bits that mean that.  Spec: [linux/uapi
/// "linux/posix-timers.h"]
constexpr int thread_clock_bits = 6;

/// Errors: invalid_argument (no such clock, or the thread has exited).
Result<std::uint64_t> read_thread_clock(int clock) {
  if ((clock & 7) != thread_clock_bits) return Error::invalid_argument;
  const auto id = static_cast<ThreadId>(~(clock >> 3));
  if (id == 0) return cpu_time_ns(current_thread());
  std::uint64_t ns = 0;
  if (!Thread::with(id, [&](Thread& thread) { ns = cpu_time_ns(thread); })) return Error::invalid_argument;
  return ns;
}

/// Errors: invalid_argument (no such clock).
Result<std::uint64_t> read_clock(int clock) {
  if (clock < 0) return read_thread_clock(clock);
  switch (clock) {
    case clock_realtime:
    case clock_realtime_coarse:
      return wall_clock_ns();
    case clock_monotonic:
    case clock_monotonic_raw:
    case clock_monotonic_coarse:
    case clock_boot:
      return monotonic_ns();
    case clock_process_cpu:
      return program_cpu_time_ns();
    case clock_thread_cpu:
      return cpu_time_ns(current_thread());
    default:
      return Error::invalid_argument;
  }
}

std::int64_t cpu_ticks() {
  return static_cast<std::int64_t>(program_cpu_time_ns() / (ns_per_s / ticks_per_s));
}

/// Sleeps; if a signal comes, tells what is left, unless the deadline was absolute.
Result<long> sleep_and_tell(Deadline deadline, VirtAddr remaining) {
  auto slept = sleep_until(deadline);
  if (slept.ok()) return 0L;
  const std::uint64_t now = monotonic_ns();
  const std::uint64_t left = deadline.ns() > now ? deadline.ns() - now : 0;
  TRY(store_if_wanted(remaining, timespec_of(left)));
  return slept.error();
}

}  // namespace

Result<long> get_clock(const Arguments& arguments) {
  const std::uint64_t now = TRY(read_clock(arguments.integer(0)));
  TRY(store_to_program(arguments.address(1), timespec_of(now)));
  return 0L;
}

Result<long> get_clock_resolution(const Arguments& arguments) {
  TRY(read_clock(arguments.integer(0)));
  TRY(store_if_wanted(arguments.address(1), timespec_of(1)));
  return 0L;
}

Result<long> get_time_of_day(const Arguments& arguments) {
  TRY(store_if_wanted(arguments.address(0), timeval_of(wall_clock_ns())));
  TRY(store_if_wanted(arguments.address(1), std::uint64_t{0}));  // the time zone: UTC
  return 0L;
}

Result<long> get_time(const Arguments& arguments) {
  const auto seconds = static_cast<std::int64_t>(wall_clock_ns() / ns_per_s);
  TRY(store_if_wanted(arguments.address(0), seconds));
  return long{seconds};
}

Result<long> get_process_times(const Arguments& arguments) {
  TRY(store_if_wanted(arguments.address(0), abi::ProcessTimes{.user_ticks = cpu_ticks()}));
  return static_cast<long>(monotonic_ns() / (ns_per_s / ticks_per_s));
}

Result<long> get_resource_usage(const Arguments& arguments) {
  constexpr int self = 0;
  constexpr int children = -1;
  constexpr int thread = 1;
  abi::ResourceUsage usage{};
  switch (arguments.integer(0)) {
    case self:
      usage.user_time = timeval_of(program_cpu_time_ns());
      break;
    case thread:
      usage.user_time = timeval_of(cpu_time_ns(current_thread()));
      break;
    case children:
      break;
    default:
      return Error::invalid_argument;
  }
  usage.max_resident_kib = static_cast<std::int64_t>(program_memory::counters().resident / 1024);
  TRY(store_to_program(arguments.address(1), usage));
  return 0L;
}

Result<long> sleep_for(const Arguments& arguments) {
  const std::uint64_t duration = TRY(load_time(arguments.address(0)));
  return sleep_and_tell(Deadline::after(duration), arguments.address(1));
}

Result<long> sleep_on_clock(const Arguments& arguments) {
  const int clock = arguments.integer(0);
  if (clock != clock_realtime && clock != clock_monotonic && clock != clock_boot)
    return Error::invalid_argument;
  const std::uint64_t time = TRY(load_time(arguments.address(2)));
  if ((arguments.flags(1) & timer_absolute) == 0)
    return sleep_and_tell(Deadline::after(time), arguments.address(3));
  return sleep_and_tell(clock == clock_realtime ? Deadline::at_wall_clock(time) : Deadline::at(time), {});
}

}  // namespace nucleus::call
