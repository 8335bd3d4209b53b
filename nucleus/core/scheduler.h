// SPDX-License-Identifier: ISC
#pragma once

// The scheduler: which thread runs on which CPU. Each CPU has a run queue (run_queue.h); a CPU with nothing
// to do takes from the longest one. A turn ends only when another thread waits for the CPU (there is no
// tick). A wake-up by a thread does not end the waker's turn at once, unless the woken thread has a higher
// priority; one by an interrupt makes it short.
//
// One lock protects all run queues and thread states. It is held across arch::switch_context and released by
// the thread that is switched to, so no CPU ever sees a thread that is half switched away.

#include "run_queue.h"

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
  /// The current thread gives way because its CPU's `reschedule` is set. Interrupts off.
  void preempt();
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

  /// This CPU's part when another has put a thread on its queue. Interrupts off.
  void answer_ipi();
  /// The timer of this CPU fired at `now_ns`: ends the running thread's turn if it is over. Interrupts off.
  void end_turn_if_over(std::uint64_t now_ns);

  void set_affinity(Thread& thread, CpuSet allowed);
  CpuSet affinity(const Thread& thread);

  /// Time that the thread, or all program threads together, have run.
  std::uint64_t cpu_time_ns(const Thread& thread);
  std::uint64_t program_cpu_time_ns();

 private:
  /// What a CPU has to be told after the lock is released: interrupts and timers are slow.
  struct Notice {
    Cpu* target = nullptr;  // null: nothing
  };
  void deliver(Notice notice);

  // All below: lock held, interrupts off.
  [[nodiscard]] Notice make_ready(Thread& thread);
  unsigned choose_cpu(const Thread& thread) const;
  Thread& choose_next(Cpu& cpu);
  Thread* steal(unsigned thief);
  void requeue_current(Cpu& cpu, Thread& thread, RunQueue::Place place);
  /// Runs the next thread; returns when this one is next again. The current thread's state says what becomes
  /// of it, and `place` where it queues if it is still running.
  void switch_away(RunQueue::Place place);
  void finish_switch(Thread& thread);
  void account(Cpu& cpu, Thread& thread, std::uint64_t now_ns);
  /// Another thread waits for `cpu`: makes the running one's turn end in time.
  void limit_turn(Cpu& cpu, bool soon);
  void arm_turn_end(Cpu& cpu);

  SpinLock lock_{Rank::scheduler};
  std::array<RunQueue, max_cpus> queues_;
  IntrusiveList<Thread, &Thread::run_link_> exited_;
  std::uint64_t program_cpu_ns_ = 0;
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

/// While one exists, this CPU handles an interrupt. Interrupts off.
class InterruptScope {
 public:
  explicit InterruptScope(Cpu& cpu) : cpu_{cpu} { cpu_.in_interrupt = true; }
  ~InterruptScope() { cpu_.in_interrupt = false; }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  Cpu& cpu_;
};

}  // namespace nucleus
