// SPDX-License-Identifier: ISC

// The monotonic clock: the TSC, measured against a reference counter; where the TSC cannot be trusted, that
// counter itself.
//
// One measurement is worth little, because the host may take the virtual CPU away at any moment. So every
// reading of the reference is bracketed by two of the TSC, the narrowest of several brackets counts, and
// after the first short measurement at boot longer ones refine the rate. A refinement bends the line at a
// moment a little in the future, so the clock neither jumps nor goes back, whichever CPU reads it while it
// happens.

#include "clock.h"

#include <nucleus/log.h>
#include <nucleus/panic.h>

#include <arch/clock.h>
#include <arch/interrupts.h>

#include <atomic>

#include <platform/x86/local_apic.h>
#include <platform/x86/reference_counter.h>

#include "cpu_features.h"
#include "instructions.h"
#include "interrupt_controllers.h"
#include "parts.h"
#include "tick_scale.h"

namespace arch {
namespace {

using namespace x86_64;

constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint64_t fs_per_ns = 1'000'000;
constexpr std::uint64_t clock_start_ns = 1'000'000'000;  // some programs take 0 for "not set"

/// What all counters showed at one moment.
struct Sample {
  std::uint32_t reference = 0;
  std::uint64_t tsc = 0;
  std::uint64_t bracket = ~std::uint64_t{0};  // TSC ticks within which `reference` was read
  std::uint32_t timer = 0;                    // the local APIC's counter: counts down
};

ReferenceCounter reference;
Sample first_sample;
bool clock_is_tsc = false;
Rate timer_rate;    // counts of the one-shot timer per nanosecond
Rate counter_rate;  // nanoseconds per count of the reference; zero until it is the clock

// Two lines; the generation's low bit says which is newest. A reader before the start of the newest uses the
// other.
TickScale lines[2];
std::atomic<unsigned> generation{0};

/// The reference counter as a clock, widened to 64 bits by whoever reads it; it must be read once a turn.
std::atomic<std::uint64_t> widened{0};

Sample take_sample() {
  constexpr unsigned attempts = 8;
  Sample best;
  for (unsigned i = 0; i < attempts; ++i) {
    const std::uint64_t before = read_tsc();
    const std::uint32_t count = reference.read() & reference.mask;
    const std::uint64_t after = read_tsc();
    if (after - before < best.bracket) {
      best = {count, before + (after - before) / 2, after - before, local_apic().timer_count()};
    }
  }
  return best;
}

std::uint64_t reference_ns(const Sample& from, const Sample& to) {
  const std::uint64_t counts = (to.reference - from.reference) & reference.mask;
  return counts * reference.period_fs / fs_per_ns;
}

/// Half a turn of the reference: longer measurements would be ambiguous.
std::uint64_t longest_measurement_ns() {
  return static_cast<std::uint64_t>(reference.mask / 2) * (reference.period_fs / 1000) / (fs_per_ns / 1000);
}

/// Waits until the bracket is small against the time since the first sample: 1 part in 2,000, at least 1 ms.
Sample measure_at_boot() {
  constexpr std::uint64_t least_ns = ns_per_ms;
  for (;;) {
    const Sample now = take_sample();
    const std::uint64_t ticks = now.tsc - first_sample.tsc;
    if (reference_ns(first_sample, now) < least_ns) continue;
    if ((now.bracket + first_sample.bracket) * 1000 < ticks) return now;
    if (reference_ns(first_sample, now) > longest_measurement_ns() / 2) return now;
  }
}

std::uint64_t counter_ns() {
  std::uint64_t known = widened.load(std::memory_order_relaxed);
  for (;;) {
    std::uint64_t now = known + ((reference.read() - static_cast<std::uint32_t>(known)) & reference.mask);
    // A reader that was overtaken may see the counter a little before `known`: that is no time, not a whole
    // turn.
    if (now - known > reference.mask / 2) now = known;
    if (now == known || widened.compare_exchange_weak(known, now))
      return clock_start_ns + counter_rate.of(now);
  }
}

void add_line(const TickScale& line) {
  const unsigned next = generation.load(std::memory_order_relaxed) + 1;
  lines[next & 1] = line;
  generation.store(next, std::memory_order_release);
}

}  // namespace

Rate x86_64::timer_counts_per_ns() {
  return timer_rate;
}

std::uint64_t x86_64::longest_sleep_ns() {
  return counter_rate.fixed != 0 ? longest_measurement_ns() / 2 : ~std::uint64_t{0};
}

void x86_64::init_clock() {
  lines[0] = lines[1] = {read_tsc(), clock_start_ns, {}};
  reference = find_reference_counter(machine());
  if (reference.name == nullptr) nucleus::panic("no HPET, PM timer or PIT to measure the TSC by");

  local_apic().start_timer(~0u);
  first_sample = take_sample();
  const Sample second = measure_at_boot();
  const std::uint64_t ns = reference_ns(first_sample, second);
  const std::uint64_t ticks = second.tsc - first_sample.tsc;
  const std::uint64_t timer_counts = first_sample.timer - second.timer;
  timer_rate = Rate::ratio(cpu_features().tsc_deadline ? ticks : timer_counts, ns);
  local_apic().start_timer(0);

  clock_is_tsc = cpu_features().reliable_tsc;
  if (clock_is_tsc) {
    add_line({first_sample.tsc, clock_start_ns, Rate::ratio(ns, ticks)});
  } else {
    widened = reference.read() & reference.mask;
    counter_rate = Rate::ratio(reference.period_fs, fs_per_ns);
  }
  nucleus::log_info("clock: {} by {}, TSC {} kHz, timer {} kHz", clock_is_tsc ? "TSC" : "counter",
                    reference.name, ticks * 1'000'000 / ns, timer_counts * 1'000'000 / ns);
}

void x86_64::refine_clock() {
  static std::uint64_t next_ns = clock_start_ns + 100 * ns_per_ms;
  if (!clock_is_tsc) return;
  const std::uint64_t now_ns = monotonic_ns();
  if (now_ns < next_ns) return;
  const std::uint64_t elapsed_ns = now_ns - clock_start_ns;
  next_ns = clock_start_ns + elapsed_ns * 10;
  // The rate is known well enough here to tell whether the counter may have turned.
  if (elapsed_ns > longest_measurement_ns()) {
    next_ns = ~std::uint64_t{0};
    return;
  }
  const Sample now = take_sample();
  const Rate rate = Rate::ratio(reference_ns(first_sample, now), now.tsc - first_sample.tsc);
  const TickScale& line = lines[generation.load(std::memory_order_relaxed) & 1];
  const std::uint64_t ticks_per_ms = (now.tsc - first_sample.tsc) / (elapsed_ns / ns_per_ms);
  add_line(line.bent_at(now.tsc + 10 * ticks_per_ms, rate));
}

std::uint64_t monotonic_ns() {
  if (counter_rate.fixed != 0) return counter_ns();
  for (;;) {
    const unsigned newest = generation.load(std::memory_order_acquire);
    const std::uint64_t tick = read_tsc();
    const bool started = tick >= lines[newest & 1].from_tick;
    const std::uint64_t ns = lines[(newest + (started ? 0 : 1)) & 1].ns(tick);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (generation.load(std::memory_order_relaxed) == newest) return ns;
  }
}

}  // namespace arch
