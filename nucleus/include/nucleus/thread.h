// SPDX-License-Identifier: ISC
#pragma once

// Thread: a kernel thread, with its own kernel stack, on which all code of the nucleus runs (system calls
// switch to it, traps copy their frame to it). A program thread has a program stack besides, which the
// nucleus never uses.

#include <nucleus/address.h>
#include <nucleus/current_thread.h>
#include <nucleus/intrusive_list.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/result.h>
#include <nucleus/signal_state.h>
#include <nucleus/time.h>
#include <nucleus/timer.h>
#include <nucleus/wait_queue.h>
#include <nucleus/waker_habit.h>

#include <arch/context.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace nucleus {
class Cpu;
class Thread;

/// Higher runs first; among equals, in turn. User mode (later) stands below all of these.
enum class Priority : std::uint8_t { idle, normal, high };
inline constexpr unsigned priority_count = 3;

using ThreadId = std::int32_t;

/// Which CPUs a thread may run on: bit n is CPU n.
struct CpuSet {
  std::uint64_t bits = ~std::uint64_t{0};
  constexpr bool contains(unsigned cpu) const { return (bits >> cpu) & 1; }
};

/// Ends the current thread. Clears and wakes clear_child_tid. Never returns.
[[noreturn]] void exit_thread();

class Thread {
 public:
  /// A thread that will call entry(argument) on its kernel stack, interrupts on; not yet started.
  /// Errors: out_of_memory.
  static Result<Thread*> create(void (*entry)(void*), void* argument, Priority priority = Priority::normal);

  /// A program thread: starts at `pc` with `sp` and thread pointer `tp` and a copy of the current thread's
  /// signal mask. Errors: out_of_memory.
  static Result<Thread*> create_program(std::uintptr_t pc, std::uintptr_t sp, std::uintptr_t tp);

  /// Makes a created thread runnable. From then on it owns itself: it is freed some time after it exits.
  void start();

  /// The thread with this id, if it lives: calls function(Thread&) with the thread list locked (it cannot
  /// exit meanwhile).
  template <typename Function>
  static bool with(ThreadId id, Function&& function) {
    return with_thread(
        id, [](Thread& thread, void* f) { (*static_cast<std::remove_reference_t<Function>*>(f))(thread); },
        &function);
  }
  /// Calls function(Thread&) on every live program thread, with the thread list locked, until it returns
  /// false.
  template <typename Function>
  static void for_each_program_thread(Function&& function) {
    for_each_thread(
        [](Thread& thread, void* f) { return (*static_cast<std::remove_reference_t<Function>*>(f))(thread); },
        &function);
  }

  /// The first program thread: like create(), but with id 1 and counted as the program's.
  static Result<Thread*> create_main(void (*entry)(void*), void* argument);
  /// The idle thread of a CPU; start() is not for it.
  static Result<Thread*> create_idle();

  bool may_be_preempted() const { return preemption_guards_ == 0; }
  ThreadId id() const { return id_; }
  std::uintptr_t kernel_stack_top() const { return stack_top_; }
  bool on_kernel_stack(std::uintptr_t sp) const {
    return sp <= stack_top_ && sp > stack_top_ - kernel_stack_size;
  }

  /// Sets the libc's thread pointer, of the current thread only.
  void set_thread_pointer(std::uintptr_t tp) { arch::set_thread_pointer(tp); }

  SignalState signals;                     // owned by the signal code
  std::uintptr_t clear_child_tid = 0;      // set_tid_address: zeroed and futex-woken at exit; 0: none
  std::uintptr_t robust_list = 0;          // set_robust_list, kept for get_robust_list
  char name[16] = {};                      // prctl(PR_SET_NAME)
  std::atomic<bool> in_user_mode{false};   // it lends its CPU to a process: whoever is woken need not wait
  bool runs_processes = false;             // it has done so: written by itself
  std::atomic<unsigned> wakes_to_come{0};  // others are about to unpark it: it does not exit yet (LateWakes)

 private:
  friend class Scheduler;
  friend class RunQueue;
  friend class TrapScope;
  friend class PreemptionGuard;
  friend struct ThreadTable;
  /// moving: off one queue and not yet on another.
  enum class State : std::uint8_t { created, ready, running, parked, moving, exited };

  Thread() = default;
  ~Thread();
  static Result<Thread*> make(Priority priority, std::size_t fp_size);
  static bool with_thread(ThreadId id, void (*function)(Thread&, void*), void* argument);
  static void for_each_thread(bool (*function)(Thread&, void*), void* argument);
  static void first_run(void* thread);
  void become_program_thread();
  /// True if it was the last program thread.
  bool leave_table();
  friend void exit_thread();
  friend void reap_exited_threads();

  // Fixed when the thread is made.
  ThreadId id_ = 0;
  bool is_program_ = false;
  std::uintptr_t stack_top_ = 0;
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  std::uintptr_t program_pc_ = 0;
  std::uintptr_t program_sp_ = 0;

  // The CPU that it runs on, waits for, or ran on last. The lock of that CPU's run queue protects what
  // follows, and is needed to change it (core/scheduler.h).
  std::atomic<unsigned> cpu_{0};
  State state_ = State::created;
  Priority priority_ = Priority::normal;
  bool permit_ = false;  // given by unpark, not yet taken
  bool queued_as_woken_ = false;
  std::uint64_t cpu_ns_ = 0;  // how long it has run
  std::uint64_t turn_left_ns_ = 0;
  std::uint64_t stopped_at_ns_ = 0;  // when it last gave the CPU away; 0: it has never run
  CpuSet allowed_;
  ListLink<Thread> run_link_;  // a run queue, or the list of the exited

  ListLink<Thread> list_link_;  // protected by the thread list's lock

  // The thread's own, or written with interrupts off on its CPU.
  WakerHabit habit_;
  unsigned trap_depth_ = 0;  // handling traps of program code: all floating-point registers are in use
  unsigned preemption_guards_ = 0;

  // While it does not run.
  arch::Context context_;
  std::uintptr_t thread_pointer_ = 0;
  void* fp_state_ = nullptr;     // of arch::fp_state_size() bytes; null: an idle thread
  void* fp_block_ = nullptr;     // what the heap gave for it
  bool whole_fp_saved_ = false;  // else only what a call preserves
};

/// For a scope the current thread keeps its CPU: interrupts stay on, but no other thread runs here. It must
/// not block.
class PreemptionGuard {
 public:
  [[nodiscard]] PreemptionGuard();
  ~PreemptionGuard();
  PreemptionGuard(const PreemptionGuard&) = delete;
  PreemptionGuard& operator=(const PreemptionGuard&) = delete;
};

/// Gives the CPU to another runnable thread of the same or higher priority, if there is one.
void yield();

/// Number of live program threads.
unsigned program_thread_count();

/// Allowed CPUs. Errors: invalid_argument (none of them exists).
Result<> set_affinity(Thread& thread, CpuSet allowed);
CpuSet affinity(const Thread& thread);

/// Time that a thread, or all program threads together since boot, have run, in nanoseconds.
std::uint64_t cpu_time_ns(Thread& thread);
std::uint64_t program_cpu_time_ns();

}  // namespace nucleus
