// SPDX-License-Identifier: ISC

#include <nucleus/device_interrupts.h>

#include <nucleus/locked.h>
#include <nucleus/mutex.h>
#include <nucleus/wait_queue.h>

#include <arch/devices.h>

#include <array>
#include <atomic>
#include <bit>

namespace nucleus {
namespace {

struct Event {
  std::uint64_t count = 0;
  bool masked = false;
  /// Whether take_arrived() is to tell when more than `armed_seen` have come.
  bool armed = false;
  std::uint64_t armed_seen = 0;
  WaitQueue waiters;
};

constexpr unsigned max_events = 64;

using LockedEvent = Locked<Event, Rank::wait_queue>;

constinit std::array<LockedEvent, max_events> events;
/// Set once, by whoever counts `claimed` up under `claiming`; interrupts read them without a lock.
constinit std::array<std::atomic<unsigned>, max_events> lines{};
constinit std::atomic<unsigned> claimed{0};
constinit Mutex claiming;

/// Armed events that have come and that nobody has taken: a bit each.
constinit std::atomic<std::uint64_t> arrived{0};
static_assert(max_events <= 64);

struct ArrivedWaiters {
  std::uint64_t roused = 0;
  WaitQueue waiters;
};
constinit Locked<ArrivedWaiters, Rank::wait_queue> arrived_waiters;

void let_through(Event& state, unsigned event) {
  if (!state.masked) return;
  state.masked = false;
  arch::unmask_line(lines[event].load(std::memory_order_relaxed));
}

/// The bit comes before the lock, and who waits looks for bits under the lock: no wake-up is lost.
void tell_arrived(unsigned event) {
  arrived.fetch_or(std::uint64_t{1} << event, std::memory_order_release);
  arrived_waiters.with([](ArrivedWaiters& all) { all.waiters.wake_all(); });
}

}  // namespace

Result<unsigned> claim_line(unsigned line) {
  MutexGuard guard{claiming};
  const unsigned count = claimed.load(std::memory_order_relaxed);
  for (unsigned i = 0; i < count; ++i) {
    if (lines[i].load(std::memory_order_relaxed) == line) return Error::busy;
  }
  if (count == max_events) return Error::too_many;
  lines[count].store(line, std::memory_order_relaxed);
  claimed.store(count + 1, std::memory_order_release);
  arch::start_line(line);
  return count;
}

Result<std::uint64_t> wait_for_line(unsigned event, std::uint64_t seen, Deadline deadline) {
  if (event >= claimed.load(std::memory_order_acquire)) return Error::not_found;
  std::uint64_t count = 0;
  const auto waited = wait_until(
      events[event], &Event::waiters,
      [&](Event& state) {
        count = state.count;
        if (count > seen) return true;
        let_through(state, event);
        return false;
      },
      deadline);
  if (!waited.ok() && waited.error() != Error::timed_out) return waited.error();
  return count;
}

Result<std::uint64_t> arm_line(unsigned event, std::uint64_t seen) {
  if (event >= claimed.load(std::memory_order_acquire)) return Error::not_found;
  return events[event].with([&](Event& state) {
    if (state.count > seen) return state.count;
    state.armed = true;
    state.armed_seen = seen;
    let_through(state, event);
    return state.count;
  });
}

std::optional<unsigned> take_arrived() {
  std::uint64_t all = arrived.load(std::memory_order_acquire);
  while (all != 0) {
    if (arrived.compare_exchange_weak(all, all & (all - 1), std::memory_order_acquire))
      return static_cast<unsigned>(std::countr_zero(all));
  }
  return std::nullopt;
}

Result<> wait_for_arrived(Deadline deadline) {
  const std::uint64_t before = arrived_waiters.with([](ArrivedWaiters& all) { return all.roused; });
  return wait_until(
      arrived_waiters, &ArrivedWaiters::waiters,
      [&](ArrivedWaiters& all) {
        return all.roused != before || arrived.load(std::memory_order_acquire) != 0;
      },
      deadline);
}

void rouse_who_waits_for_arrived() {
  arrived_waiters.with([](ArrivedWaiters& all) {
    ++all.roused;
    all.waiters.wake_all();
  });
}

void line_arrived(unsigned line) {
  const unsigned count = claimed.load(std::memory_order_acquire);
  for (unsigned i = 0; i < count; ++i) {
    if (lines[i].load(std::memory_order_relaxed) != line) continue;
    const bool tell = events[i].with([](Event& state) {
      ++state.count;
      state.masked = true;
      state.waiters.wake_all();
      if (!state.armed || state.count <= state.armed_seen) return false;
      state.armed = false;
      return true;
    });
    if (tell) tell_arrived(i);
  }
}

}  // namespace nucleus
