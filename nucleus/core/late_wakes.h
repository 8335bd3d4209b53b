// SPDX-License-Identifier: ISC
#pragma once

// LateWakes: threads that were taken off a queue under its lock, to be unparked when the lock is free again.
// An unpark may interrupt another CPU, which takes long, and whom it wakes would often want that very lock.
//
// A thread may find out otherwise that it is woken, and exit: it waits in exit_thread() for what is to come.

#include <nucleus/thread.h>
#include <nucleus/wait_queue.h>

#include <arch/interrupts.h>

#include <array>
#include <cstddef>

namespace nucleus {

/// Made before the lock is taken; unparks when it is destroyed. Interrupts are off meanwhile, so that nothing
/// comes between. More than a few are unparked at once.
class LateWakes {
 public:
  LateWakes() = default;
  LateWakes(const LateWakes&) = delete;
  LateWakes& operator=(const LateWakes&) = delete;
  ~LateWakes() { unpark_all(); }

  /// `thread` cannot exit yet: it still waits for this.
  void add(Thread& thread) {
    if (count_ == threads_.size()) unpark_all();
    thread.wakes_to_come.fetch_add(1, std::memory_order_relaxed);
    threads_[count_++] = &thread;
  }

 private:
  void unpark_all() {
    for (std::size_t i = 0; i < count_; ++i) {
      unpark(*threads_[i]);
      threads_[i]->wakes_to_come.fetch_sub(1, std::memory_order_release);
    }
    count_ = 0;
  }

  InterruptGuard stay_;
  std::array<Thread*, 16> threads_{};
  std::size_t count_ = 0;
};

}  // namespace nucleus
