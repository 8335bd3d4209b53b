// SPDX-License-Identifier: ISC

#include <nucleus/device_interrupts.h>

#include <nucleus/locked.h>
#include <nucleus/mutex.h>
#include <nucleus/wait_queue.h>

#include <array>
#include <atomic>
#include <bit>

namespace nucleus {
namespace {

constexpr unsigned max_events = 64;

/// Sets of events.
using Events = std::uint64_t;
static_assert(max_events <= 64);

constexpr Events only(unsigned event) {
  return Events{1} << event;
}

struct Line {
  std::uint64_t count = 0;
  Events users = 0;
  /// Of them, who has not waited for the next one since the last. As long as there is any, it is masked.
  Events owing = 0;
  Events armed = 0;   // of which take_arrived() is to tell when more than their `armed_seen` have come
  WaitQueue waiters;  // of all its users: an interrupt may be anybody's
};

struct Event {
  unsigned line = 0;             // index
  std::uint64_t start = 0;       // the line's count when it was claimed
  std::uint64_t armed_seen = 0;  // under the line's lock
};

constinit std::array<Locked<Line, Rank::wait_queue>, max_events> lines;
/// But for `armed_seen` these are set once, before `line_count` or `event_count` grows; interrupts read them
/// without a lock.
constinit std::array<std::atomic<unsigned>, max_events> numbers{};
constinit std::array<Event, max_events> events{};
constinit std::atomic<unsigned> line_count{0};
constinit std::atomic<unsigned> event_count{0};

constinit Mutex claiming;
constinit std::array<Sharing, max_events> sharings{};  // under it

/// Armed events that have come and that nobody has taken.
constinit std::atomic<Events> arrived{0};

struct ArrivedWaiters {
  std::uint64_t roused = 0;
  WaitQueue waiters;
};
constinit Locked<ArrivedWaiters, Rank::wait_queue> arrived_waiters;

/// An event waits for the next one. After the last who did, the line is let through: nobody's device raises
/// it any more, or it has raised it anew.
void wait_again(Line& state, unsigned event, unsigned line) {
  if ((state.owing & only(event)) == 0) return;
  state.owing &= ~only(event);
  const unsigned number = numbers[line].load(std::memory_order_relaxed);
  if (state.owing == 0 && number < first_soft_line) arch::unmask_line(number);
}

/// Counts an interrupt; returns the armed events that it is for.
Events count(Line& state) {
  ++state.count;
  state.owing = state.users;
  state.waiters.wake_all();
  Events told = 0;
  for (Events left = state.armed; left != 0; left &= left - 1) {
    const Event& event = events[std::countr_zero(left)];
    if (state.count - event.start > event.armed_seen) told |= left & -left;
  }
  state.armed &= ~told;
  return told;
}

/// The bits come before the lock, and who waits looks for bits under the lock: no wake-up is lost.
void tell_arrived(Events told) {
  arrived.fetch_or(told, std::memory_order_release);
  arrived_waiters.with([](ArrivedWaiters& all) { all.waiters.wake_all(); });
}

unsigned find_line(unsigned number) {
  const unsigned count = line_count.load(std::memory_order_relaxed);
  for (unsigned i = 0; i < count; ++i) {
    if (numbers[i].load(std::memory_order_relaxed) == number) return i;
  }
  return count;
}

void add_user(unsigned event, unsigned line) {
  lines[line].with([&](Line& state) {
    state.users |= only(event);
    events[event] = {.line = line, .start = state.count};
  });
  event_count.store(event + 1, std::memory_order_release);
}

}  // namespace

Result<unsigned> claim_line(unsigned number, arch::LineForm form, Sharing sharing) {
  MutexGuard guard{claiming};
  const unsigned event = event_count.load(std::memory_order_relaxed);
  const unsigned line = find_line(number);
  const bool is_new = line == line_count.load(std::memory_order_relaxed);
  if (!is_new && (sharing == Sharing::none || sharings[line] == Sharing::none)) return Error::busy;
  if (event == max_events) return Error::too_many;
  if (!is_new) {
    add_user(event, line);
    return event;
  }
  // Known first: an interrupt that nobody knew would stay masked.
  numbers[line].store(number, std::memory_order_relaxed);
  sharings[line] = sharing;
  add_user(event, line);
  line_count.store(line + 1, std::memory_order_release);
  if (number >= first_soft_line || arch::start_line(number, form)) return event;
  line_count.store(line, std::memory_order_relaxed);
  event_count.store(event, std::memory_order_relaxed);
  lines[line].with([](Line& state) { state.users = 0; });
  return Error::not_supported;
}

Result<std::uint64_t> wait_for_line(unsigned event, std::uint64_t seen, Deadline deadline) {
  if (event >= event_count.load(std::memory_order_acquire)) return Error::not_found;
  const unsigned line = events[event].line;
  std::uint64_t count = 0;
  const auto waited = wait_until(
      lines[line], &Line::waiters,
      [&](Line& state) {
        count = state.count - events[event].start;
        if (count > seen) return true;
        wait_again(state, event, line);
        return false;
      },
      deadline);
  if (!waited.ok() && waited.error() != Error::timed_out) return waited.error();
  return count;
}

Result<std::uint64_t> arm_line(unsigned event, std::uint64_t seen) {
  if (event >= event_count.load(std::memory_order_acquire)) return Error::not_found;
  const unsigned line = events[event].line;
  return lines[line].with([&](Line& state) {
    const std::uint64_t count = state.count - events[event].start;
    if (count > seen) return count;
    state.armed |= only(event);
    events[event].armed_seen = seen;
    wait_again(state, event, line);
    return count;
  });
}

std::optional<unsigned> take_arrived() {
  Events all = arrived.load(std::memory_order_acquire);
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

void line_arrived(unsigned number) {
  const unsigned known = line_count.load(std::memory_order_acquire);
  for (unsigned i = 0; i < known; ++i) {
    if (numbers[i].load(std::memory_order_relaxed) != number) continue;
    if (const Events told = lines[i].with(count); told != 0) tell_arrived(told);
  }
}

}  // namespace nucleus
