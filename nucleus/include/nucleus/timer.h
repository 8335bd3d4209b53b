// SPDX-License-Identifier: ISC
#pragma once

// One-shot timers. A Timer belongs to who declares it and sits in the queue of the CPU that armed it; the
// queue keeps the CPU's hardware timer set to its earliest deadline, and nothing ticks when nothing is due.

#include <nucleus/time.h>

#include <atomic>
#include <cstdint>

namespace nucleus {
class Cpu;

class Timer {
 public:
  /// `expired(argument)` runs on the arming CPU in interrupt context with its timer queue locked: it may
  /// unpark threads, and must not arm or cancel timers. It returns when to expire again: never() for a timer
  /// that is done.
  using Expired = Deadline (*)(void* argument);

  constexpr Timer(Expired expired, void* argument) : expired_{expired}, argument_{argument} {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { cancel(); }

  /// Arms (again) for `deadline`; never() cancels. Not concurrently with cancel() of the same timer.
  /// Context: thread or interrupt; takes Rank::timers.
  void arm(Deadline deadline);
  /// After it returns, expired() neither runs nor will run. Returns true if it was still to come.
  bool cancel();

 private:
  friend class TimerQueue;
  Expired expired_;
  void* argument_;
  std::uint64_t deadline_ns_ = 0;
  std::atomic<Cpu*> cpu_{nullptr};  // whose queue it is in; null: not armed
  // Links of the queue, a pairing heap.
  bool queued_ = false;
  Timer* child_ = nullptr;     // the first
  Timer* sibling_ = nullptr;   // the next
  Timer* previous_ = nullptr;  // the sibling before it, or the parent
};

}  // namespace nucleus
