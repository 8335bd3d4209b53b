// SPDX-License-Identifier: ISC

#include <nucleus/device_interrupts.h>

#include <nucleus/locked.h>
#include <nucleus/mutex.h>
#include <nucleus/wait_queue.h>

#include <arch/devices.h>

#include <array>
#include <atomic>

namespace nucleus {
namespace {

struct Event {
  std::uint64_t count = 0;
  bool masked = false;
  WaitQueue waiters;
};

constexpr unsigned max_events = 32;

using LockedEvent = Locked<Event, Rank::wait_queue>;

constinit std::array<LockedEvent, max_events> events;
/// Set once, by whoever counts `claimed` up under `claiming`; interrupts read them without a lock.
constinit std::array<std::atomic<unsigned>, max_events> lines{};
constinit std::atomic<unsigned> claimed{0};
constinit Mutex claiming;

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
        if (state.masked) {
          state.masked = false;
          arch::unmask_line(lines[event].load(std::memory_order_relaxed));
        }
        return false;
      },
      deadline);
  if (!waited.ok() && waited.error() != Error::timed_out) return waited.error();
  return count;
}

void line_arrived(unsigned line) {
  const unsigned count = claimed.load(std::memory_order_acquire);
  for (unsigned i = 0; i < count; ++i) {
    if (lines[i].load(std::memory_order_relaxed) != line) continue;
    events[i].with([](Event& state) {
      ++state.count;
      state.masked = true;
      state.waiters.wake_all();
    });
  }
}

}  // namespace nucleus
