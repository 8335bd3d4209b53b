// SPDX-License-Identifier: ISC
#pragma once

// RunQueue: the threads that wait for one CPU, strictly by priority. Among equals, those that were woken and
// have something left of their turn come before those that wait for a new one; in each group, first come,
// first served.

#include <nucleus/intrusive_list.h>
#include <nucleus/thread.h>

namespace nucleus {

class RunQueue {
 public:
  enum class Place : bool { woken, next_turn };

  unsigned count() const { return count_; }
  void push(Thread& thread, Place place);
  void remove(Thread& thread);
  /// Takes the next to run among those that may run on `cpu`; null if there is none.
  Thread* take(unsigned cpu);

 private:
  using List = IntrusiveList<Thread, &Thread::run_link_>;
  List& list_of(const Thread& thread) {
    return (thread.queued_as_woken_ ? woken_ : next_turn_)[static_cast<unsigned>(thread.priority_)];
  }

  List woken_[priority_count];
  List next_turn_[priority_count];
  unsigned count_ = 0;
};

}  // namespace nucleus
