// SPDX-License-Identifier: ISC
#pragma once

// RunQueue: the threads that wait for one CPU, strictly by priority. Among equals, those that were stopped in
// user mode come last, with a floor for them; then those that were woken and have something left of their
// turn come before those that wait for a new one; in each group, first come, first served.
//
// So drivers do not wait for processes, nor for one that was stopped on its way out of the tender with a lock
// that they want.
//
// Its lock is the scheduler's business; only count(), woken() and stealable() are for those who do not hold
// it.

#include <nucleus/intrusive_list.h>
#include <nucleus/thread.h>

#include <atomic>

namespace nucleus {

class RunQueue {
 public:
  enum class Place : bool { woken, next_turn };

  unsigned count() const { return count_.load(std::memory_order_relaxed); }
  /// How many of the kernel's were woken, or stopped with something left of their turn: who would go to user
  /// mode lets them go first.
  unsigned woken() const { return woken_.load(std::memory_order_relaxed); }
  void push(Thread& thread, Place place);
  void remove(Thread& thread);
  /// The thread has run for so long: decides when those that were stopped in user mode get their share.
  void note_run(const Thread& thread, std::uint64_t ran_ns);
  /// Takes the next to run among those that may run on `cpu`; null if there is none.
  Thread* take(unsigned cpu);

  /// While the only thread that waits is held back, other CPUs do not see it. One more, or none, ends that.
  void hold_back();
  void offer();
  bool holds_back() const { return held_back_; }
  /// The CPUs that some waiting thread may run on.
  CpuSet allowed() const;

  /// How many threads other CPUs may take. Ordered with all that is (seq_cst).
  unsigned stealable() const { return stealable_.load(); }

 private:
  using List = IntrusiveList<Thread, &Thread::run_link_>;
  struct Lists {
    List woken;
    List next_turn;
  };
  struct Group {
    Lists kernel;
    Lists users;  // who was stopped in user mode
  };

  List& list_of(const Thread& thread) {
    Group& group = groups_[static_cast<unsigned>(thread.priority_)];
    Lists& lists = thread.in_user_mode.load(std::memory_order_relaxed) ? group.users : group.kernel;
    return thread.queued_as_woken_ ? lists.woken : lists.next_turn;
  }
  void count_one(const Thread& thread, int change);
  Thread* take_of(Group& group, unsigned cpu);
  Thread* take_of(Lists& lists, unsigned cpu);

  Group groups_[priority_count];
  std::uint64_t kernel_ns_ = 0;
  std::atomic<unsigned> count_{0};
  std::atomic<unsigned> woken_{0};
  bool held_back_ = false;
  std::atomic<unsigned> stealable_{0};
};

}  // namespace nucleus
