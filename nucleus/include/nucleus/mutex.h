// SPDX-License-Identifier: ISC
#pragma once

// Mutex: mutual exclusion between threads that may be held for long and across page faults: waiters sleep,
// and interrupts stay on. Never taken in interrupt context, nor with a spin lock held.

#include <nucleus/wait_queue.h>

namespace nucleus {

class Mutex {
 public:
  constexpr Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() {
    const auto take = [](State& state) {
      if (state.held) return false;
      state.held = true;
      return true;
    };
    if (state_.with(take)) return;
    (void)wait_until(state_, &State::waiters, take, Deadline::never(), Interruptible::no);
  }
  void unlock() {
    state_.with([](State& state) {
      state.held = false;
      state.waiters.wake_one();
    });
  }

 private:
  struct State {
    bool held = false;
    WaitQueue waiters;
  };
  Locked<State, Rank::wait_queue> state_;
};

/// Holds a Mutex for a scope.
class MutexGuard {
 public:
  [[nodiscard]] explicit MutexGuard(Mutex& mutex) : mutex_{mutex} { mutex_.lock(); }
  ~MutexGuard() { mutex_.unlock(); }
  MutexGuard(const MutexGuard&) = delete;
  MutexGuard& operator=(const MutexGuard&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace nucleus
