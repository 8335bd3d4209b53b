// SPDX-License-Identifier: ISC
#pragma once

// The scheduler: which thread runs on which CPU. Each CPU has a run queue per priority and takes turns within
// one; a CPU with nothing to do takes from the longest queue. A turn ends only when another thread waits for
// the CPU (there is no tick), and a wake-up does not end the waker's turn unless the woken thread has a
// higher priority.
//
// One lock protects all run queues and thread states. It is held across arch::switch_context and released by
// the thread that is switched to, so no CPU ever sees a thread that is half switched away.

#include <nucleus/cpu.h>
#include <nucleus/intrusive_list.h>
#include <nucleus/spin_lock.h>
#include <nucleus/thread.h>

#include <array>

namespace nucleus {

class Scheduler {
 public:
  /// A created thread becomes runnable.
  void start(Thread& thread);
  /// Takes the current thread's permit, or blocks until it is given. Interrupts on or off.
  void park();
  void unpark(Thread& thread);
  /// True if the current thread has a permit, which is taken.
  bool take_permit();
  void yield();
  /// The current thread gives way because its turn is over. Interrupts off.
  void preempt() { yield(); }
  [[noreturn]] void exit();

  /// The rest of an idle thread's life.
  [[noreturn]] void idle();
  /// Leaves the boot stack for good, for the boot CPU's idle thread.
  [[noreturn]] void leave_boot_stack(Thread& idle);

  /// The same for a secondary CPU, which stands on its idle thread's stack already; puts it online.
  /// Interrupts off.
  [[noreturn]] void run_secondary(Thread& idle);

  /// An exited thread whose stack is no longer used; null if there is none.
  Thread* take_exited();

  /// What a thread does first after its first switch.
  void finish_first_switch();

  /// Another CPU has put a thread on this one's queue. Interrupts off.
  void answer_ipi();

  void set_affinity(Thread& thread, CpuSet allowed);

 private:
  struct RunQueue {
    IntrusiveList<Thread, &Thread::run_link_> threads[priority_count];
    unsigned count = 0;

    void push(Thread& thread);
    void remove(Thread& thread);
    /// The next to run among those that may run on `cpu`; null if there is none.
    Thread* take(unsigned cpu);
  };

  // All below: lock held, interrupts off.
  void make_ready(Thread& thread);
  unsigned choose_cpu(const Thread& thread) const;
  Thread& choose_next(Cpu& cpu);
  Thread* steal(unsigned thief);
  /// Runs the next thread; returns when this one is next again. The current thread's state says what becomes
  /// of it.
  void switch_away();
  void start_slice(Cpu& cpu);
  void finish_switch(Thread& thread);

  SpinLock lock_{Rank::scheduler};
  std::array<RunQueue, max_cpus> queues_;
  IntrusiveList<Thread, &Thread::run_link_> exited_;
};

extern Scheduler the_scheduler;

/// Frees the threads that have exited. Context: a thread, interrupts on, no lock held.
void reap_exited_threads();

/// While one exists, the current thread handles a trap of program code, so that all floating-point registers
/// hold the program's values and a switch must save them all.
class TrapScope {
 public:
  explicit TrapScope(Thread& thread) : thread_{thread} { ++thread_.trap_depth_; }
  ~TrapScope() { --thread_.trap_depth_; }
  TrapScope(const TrapScope&) = delete;
  TrapScope& operator=(const TrapScope&) = delete;

 private:
  Thread& thread_;
};

}  // namespace nucleus
