// SPDX-License-Identifier: ISC
#pragma once

// The scheduler: which thread runs on which CPU. Each CPU has a run queue (run_queue.h) with a lock of its
// own; a CPU with nothing to do takes from the others. A turn ends only when another thread waits for the CPU
// (there is no tick). A wake-up by a thread does not end the waker's turn at once, unless the woken thread
// has a higher priority; one by an interrupt makes it short. Where a woken thread goes: placement.cc.
//
// Whose lock. A thread's state belongs to the lock of the queue of the CPU that Thread::cpu_ names. It
// changes only under that lock, so whoever has locked a queue and finds that the thread still names it may go
// on. Nobody ever waits for two queue locks: a thread that goes from one CPU to another is `moving` in
// between, and nobody but who moves it touches it; who steals holds its own lock and only tries the other.
//
// A CPU's lock is held across arch::switch_context and released by the thread that is switched to. So no CPU
// sees a thread that is half switched away: its queue, or its wake-up, needs that lock.
//
// No wake-up is lost:
// - unpark() and park() of one thread take the same lock: the permit is there before park() looks, or
// unpark()
//   finds the thread parked.
// - A CPU that is about to halt (1) says so in idle_, (2) looks at all queues, (3) halts, with interrupts off
//   throughout; the halt ends if one is pending. Who makes a thread ready (a) puts it on a queue, (b) looks
//   at idle_ and interrupts a CPU that it finds there. All are seq_cst: if (2) came before (a), then (1) came
//   before (b). A queue whose lock is taken counts as not looked at.
// - A queue that holds a thread back from the others has the time for that set on its CPU's timer.
// nucleus/tests/wakeup_model_test.cc goes through every order of these steps; smp_test.cc runs this code
// under random schedules of several simulated CPUs.

#include "idle_cpus.h"
#include "run_queue.h"

#include <nucleus/cpu.h>
#include <nucleus/intrusive_list.h>
#include <nucleus/locked.h>
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
  /// Whether a thread waits for that CPU that a process is not to keep it from.
  bool is_wanted_by_kernel(unsigned cpu) const { return queues_[cpu].ready.woken() > 0; }
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

  /// What a thread does first after its first switch. Leaves interrupts off.
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
  struct alignas(64) Queue {
    SpinLock lock{Rank::scheduler};
    RunQueue ready;
    Thread* leaving = nullptr;  // switched away from, and not for this queue
    std::uint64_t program_cpu_ns = 0;
  };
  using ExitedThreads = IntrusiveList<Thread, &Thread::run_link_>;

  /// Whom to interrupt after the lock is released, since that is slow.
  struct Notice {
    Cpu* turn_changed = nullptr;     // another CPU, whose timer is to be set
    unsigned wake = IdleCpus::none;  // this CPU is to leave its halt
  };
  /// Why a thread becomes ready, which decides where.
  enum class Reason : std::uint8_t { thread, interrupt, turn_over };

  struct Found {
    Thread* thread = nullptr;
    bool missed = false;  // a queue was not looked at
  };

  // All below: interrupts off. With a Queue& argument: its lock held.

  Queue& lock_queue_of(const Thread& thread);
  void deliver(Notice notice);
  Reason reason_here() const;

  // placement.cc
  unsigned choose_cpu(const Thread& thread, Reason reason);
  /// Puts a moving thread, whose queue's lock is held, on the best queue; releases the lock.
  void place(Thread& thread, Reason reason);
  Notice enqueue(Queue& queue, Cpu& target, Thread& thread, Reason reason);
  Found steal(unsigned thief);
  Found choose_next(Cpu& cpu, Queue& queue);
  Notice offer(Queue& queue, Cpu& cpu);
  /// Threads wait here: tells a CPU that has nothing to do.
  Notice call_for_help(const Queue& queue);
  bool fewer_wait_elsewhere(const Queue& queue, const Thread& thread) const;

  /// Runs the next thread and releases the lock; returns when this one is next again. The current thread's
  /// state says what becomes of it, and `place` where it queues if it is still running.
  void switch_away(Queue& queue, RunQueue::Place place);
  void switch_to(Queue& queue, Thread& next, std::uint64_t now_ns);
  void finish_switch(Thread& thread);
  void requeue_current(Queue& queue, Thread& thread, RunQueue::Place place);
  /// False if there is nothing to run; then the CPU may halt.
  bool leave_idle(Cpu& cpu);

  // turns.cc
  void account(Queue& queue, Cpu& cpu, Thread& thread, std::uint64_t now_ns);
  static std::uint64_t earned_ns(const Thread& thread);
  /// Another thread waits for `cpu`: makes the running one's turn end in time.
  void limit_turn(Cpu& cpu, bool soon);
  void arm_turn_end(Cpu& cpu);

  std::array<Queue, max_cpus> queues_;
  IdleCpus idle_;
  Locked<ExitedThreads, Rank::exited_threads> exited_;
};

extern Scheduler the_scheduler;

// A turn: long enough that saving the floating-point state hardly shows, short enough to look smooth.
inline constexpr std::uint64_t turn_ns = 3 * ns_per_ms;
// What a thread gets at least before one that was woken takes its place.
inline constexpr std::uint64_t least_run_ns = 1 * ns_per_ms;

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
