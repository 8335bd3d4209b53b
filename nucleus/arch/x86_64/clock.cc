// SPDX-License-Identifier: ISC

// The monotonic clock: the TSC, measured against a reference counter; where the TSC cannot be trusted, that
// counter itself.
//
// The first measurement is short, so that boot is. Longer ones refine it: after 2 ms, 20 ms, and so on, as
// far as the reference goes before it turns. A refinement bends the line at a moment a little in the future,
// so the clock neither jumps nor goes back, whichever CPU reads it while it happens.

#include "clock.h"

#include <nucleus/log.h>

#include <arch/clock.h>

#include <platform/x86/measure.h>
#include <platform/x86/tick_lines.h>

#include <algorithm>
#include <atomic>

#include "cpu_features.h"
#include "cpu_page.h"
#include "instructions.h"

namespace arch {
namespace {

using namespace x86_64;

constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint64_t fs_per_ns = 1'000'000;
constexpr std::uint64_t clock_start_ns = 1'000'000'000;  // some programs take 0 for "not set"
constexpr std::uint64_t never = ~std::uint64_t{0};

Rate timer_rate;    // counts of the one-shot timer per nanosecond
Rate counter_rate;  // nanoseconds per count of the reference; zero unless that is the clock

constinit TickLines lines{clock_start_ns};

/// When the boot CPU measures again, in nanoseconds of the clock. Only it looks, interrupts off.
std::uint64_t next_measurement_ns = never;

/// The reference counter as a clock, widened to 64 bits by whoever reads it; it must be read once a turn.
std::atomic<std::uint64_t> widened{0};

std::uint64_t counter_ns() {
  std::uint64_t known = widened.load(std::memory_order_relaxed);
  for (;;) {
    const std::uint32_t count = reference().read();
    std::uint64_t now = known + ((count - static_cast<std::uint32_t>(known)) & reference().mask);
    // A reader that was overtaken may see the counter a little before `known`: that is no time, not a whole
    // turn.
    if (now - known > reference().mask / 2) now = known;
    if (now == known || widened.compare_exchange_weak(known, now))
      return clock_start_ns + counter_rate.of(now);
  }
}

void plan_measurement(std::uint64_t elapsed_ns) {
  next_measurement_ns = elapsed_ns < longest_measurement_ns() ? clock_start_ns + elapsed_ns : never;
}

void refine() {
  const Measurement measured = measure_now();
  // Somebody may have kept interrupts off for long: then the reference may have turned meanwhile.
  if (monotonic_ns() - clock_start_ns > longest_measurement_ns()) return plan_measurement(never);
  const std::uint64_t lead_ns = std::min(measured.ns / 2, 10 * ns_per_ms);
  const std::uint64_t from = read_tsc() + Rate::ratio(measured.ticks, measured.ns).of(lead_ns);
  lines.bend(read_tsc(), from, Rate::ratio(measured.ns, measured.ticks));
  plan_measurement(measured.ns * 10);
}

}  // namespace

Rate x86_64::timer_counts_per_ns() {
  return timer_rate;
}

void x86_64::init_clock() {
  const std::uint64_t now_tick = read_tsc();
  const Measurement measured = measure_at_boot();
  timer_rate = Rate::ratio(cpu_features().tsc_deadline ? measured.ticks : measured.timer_counts, measured.ns);
  if (cpu_features().reliable_tsc) {
    lines.start({now_tick, clock_start_ns, Rate::ratio(measured.ns, measured.ticks)});
    plan_measurement(2 * ns_per_ms);
  } else {
    widened = reference().read() & reference().mask;
    counter_rate = Rate::ratio(reference().period_fs, fs_per_ns);
  }
  this_cpu_page().keeps_clock = true;
  nucleus::log_info("clock: {}, TSC {} kHz and timer {} kHz by {} in {} us",
                    cpu_features().reliable_tsc ? "TSC" : reference().name,
                    measured.ticks * ns_per_ms / measured.ns, measured.timer_counts * ns_per_ms / measured.ns,
                    reference().name, measured.ns / 1000);
}

std::uint64_t x86_64::ns_to_clock_work() {
  if (!this_cpu_page().keeps_clock) return never;
  if (counter_rate.fixed != 0) return longest_measurement_ns() / 2;
  if (next_measurement_ns == never) return never;
  const std::uint64_t now_ns = monotonic_ns();
  return next_measurement_ns > now_ns ? next_measurement_ns - now_ns : 0;
}

void x86_64::do_clock_work() {
  if (counter_rate.fixed == 0 && ns_to_clock_work() == 0) refine();
}

std::uint64_t monotonic_ns() {
  if (counter_rate.fixed != 0) return counter_ns();
  return lines.ns(read_tsc);
}

}  // namespace arch
