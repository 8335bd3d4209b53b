// SPDX-License-Identifier: ISC
#pragma once

// SpinLock: mutual exclusion between CPUs and with interrupt handlers. Interrupts are off while it is held,
// so a holder is never preempted, and never blocks. Prefer Locked<T> (locked.h), which keeps the data out of
// reach.

#include <nucleus/rank.h>

#include <arch/interrupts.h>

#include <atomic>
#include <cstdint>

namespace nucleus {

class SpinLock {
 public:
  constexpr explicit SpinLock(Rank rank) : rank_{rank} {}
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  /// Turns interrupts off, then takes the lock. Returns the mask as it was, for unlock().
  [[nodiscard]] arch::InterruptState lock();
  /// Releases the lock, then restores the mask.
  void unlock(arch::InterruptState before);

  /// Takes the lock while one of the same rank is held, interrupts off; and releases it.
  void lock_nested();
  /// The same if it is free; false if not. Needs no order among locks of the rank, since it does not wait.
  [[nodiscard]] bool try_lock_nested();
  void unlock_nested();

  /// Releases the lock and leaves interrupts off: for the scheduler, whose lock changes hands over a context
  /// switch.
  void unlock_keeping_interrupts_off();

 private:
  void acquire();

  // A word, not 0 if somebody holds it: all CPUs exchange one by an instruction.
  std::atomic<std::uint32_t> held_{0};
  const Rank rank_;
};

/// Holds a SpinLock for a scope.
class SpinGuard {
 public:
  [[nodiscard]] explicit SpinGuard(SpinLock& lock) : lock_{lock}, before_{lock.lock()} {}
  ~SpinGuard() { lock_.unlock(before_); }
  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;

 private:
  SpinLock& lock_;
  arch::InterruptState before_;
};

/// Holds a SpinLock for a scope, inside that of another one of the same rank.
class NestedSpinGuard {
 public:
  [[nodiscard]] explicit NestedSpinGuard(SpinLock& lock) : lock_{lock} { lock_.lock_nested(); }
  ~NestedSpinGuard() { lock_.unlock_nested(); }
  NestedSpinGuard(const NestedSpinGuard&) = delete;
  NestedSpinGuard& operator=(const NestedSpinGuard&) = delete;

 private:
  SpinLock& lock_;
};

/// Interrupts off for a scope, on this CPU: for per-CPU data.
class InterruptGuard {
 public:
  [[nodiscard]] InterruptGuard() : before_{arch::save_and_disable_interrupts()} {}
  ~InterruptGuard() { arch::restore_interrupts(before_); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  arch::InterruptState before_;
};

}  // namespace nucleus
