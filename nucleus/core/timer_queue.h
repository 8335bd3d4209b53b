// SPDX-License-Identifier: ISC
#pragma once

// TimerQueue: a pairing heap of timers, earliest first; its links lie in the timers. Pure: it neither reads a
// clock nor sets one. timer.cc has one a CPU, and the hardware.

#include <nucleus/timer.h>

#include <cstdint>

namespace nucleus {
class Cpu;

class TimerQueue {
 public:
  bool empty() const { return root_ == nullptr; }
  /// The earliest deadline; ~0 if there is no timer.
  std::uint64_t earliest_ns() const { return root_ ? root_->deadline_ns_ : ~std::uint64_t{0}; }

  void insert(Timer& timer, std::uint64_t deadline_ns);
  /// Takes it out; false if it was not in.
  bool remove(Timer& timer);
  /// Takes out and runs every timer that is due at `now_ns`. Returns how many ran.
  unsigned expire(std::uint64_t now_ns);

 private:
  static Timer* merge(Timer* left, Timer* right);
  static Timer* merge_siblings(Timer* first);

  Timer* root_ = nullptr;
};

/// Sets this CPU's hardware timer to `deadline_ns` if that is earlier than what it is set to. Interrupts off.
void want_timer_interrupt(Cpu& cpu, std::uint64_t deadline_ns);

/// The hardware timer of this CPU fired: runs what is due, ends the slice if it is over, sets the timer
/// again.
void handle_timer_interrupt(Cpu& cpu);

}  // namespace nucleus
