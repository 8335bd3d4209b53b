// SPDX-License-Identifier: ISC
#pragma once

// Waiting. A WaitQueue is a list of waiting threads; it lives inside the data it is about and is protected by
// the same lock. wait_until() is how threads block: no wake-up is lost, because the condition is tested and
// the waiter queued under that one lock.

#include <nucleus/current_thread.h>
#include <nucleus/intrusive_list.h>
#include <nucleus/locked.h>
#include <nucleus/result.h>
#include <nucleus/time.h>

#include <cstddef>
#include <cstdint>

namespace nucleus {
class Thread;

/// One thread's place in one queue. On the waiting thread's stack.
struct Waiter {
  explicit Waiter(Thread& waiting) : thread{waiting} {}
  Thread& thread;
  bool woken = false;
  ListLink<Waiter> link;
};

class WaitQueue {
 public:
  bool empty() const { return waiters_.empty(); }
  void enqueue(Waiter& waiter) { waiters_.push_back(waiter); }
  /// Takes it out if it is still in.
  void remove(Waiter& waiter);
  /// Wakes the longest waiting thread. Returns false if there was none.
  bool wake_one();
  std::size_t wake_all();

 private:
  IntrusiveList<Waiter, &Waiter::link> waiters_;
};

/// Whether a signal that the thread does not block ends a wait.
enum class Interruptible : bool { no, yes };

/// The permit of a thread: unpark() gives it, park() takes it or waits for it. At most one is kept. park()
/// may return early for no reason, so its callers loop. Context: thread, interrupts on or off, no lock held.
void park(Deadline deadline);
/// Context: any but the catch stack; takes Rank::scheduler.
void unpark(Thread& thread);

/// Whether the current thread has a signal to take.
bool signal_waits_for_current_thread();

/// Blocks until condition(T&) holds, called under the lock of `locked`, each time after a wake-up of `queue`.
/// Errors: timed_out, interrupted. Context: thread, no lock held.
template <typename T, Rank rank, typename Condition>
Result<> wait_until(Locked<T, rank>& locked, WaitQueue T::*queue, Condition condition,
                    Deadline deadline = Deadline::never(), Interruptible interruptible = Interruptible::yes) {
  Waiter waiter{current_thread()};
  for (;;) {
    const bool holds = locked.with([&](T& data) {
      (data.*queue).remove(waiter);
      if (condition(data)) return true;
      waiter.woken = false;
      (data.*queue).enqueue(waiter);
      return false;
    });
    if (holds) return {};
    const bool late = deadline.passed();
    const bool signalled = interruptible == Interruptible::yes && signal_waits_for_current_thread();
    if (late || signalled) {
      // The wake-up may have come just now: it must not be swallowed.
      const bool met = locked.with([&](T& data) {
        (data.*queue).remove(waiter);
        if (condition(data)) return true;
        if (waiter.woken) (data.*queue).wake_one();
        return false;
      });
      if (met) return {};
      return signalled ? Error::interrupted : Error::timed_out;
    }
    park(deadline);
  }
}

/// Sleeps. Errors: interrupted.
Result<> sleep_until(Deadline deadline);

}  // namespace nucleus
