// SPDX-License-Identifier: ISC

#include "scheduler.h"

#include "timer_queue.h"

#include <nucleus/panic.h>
#include <nucleus/time.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/interrupts.h>

namespace nucleus {

namespace {

// Long enough that saving the floating-point state hardly shows, short enough that a woken thread does not
// notice.
constexpr std::uint64_t slice_ns = 3 * ns_per_ms;

bool is_idle(const Cpu& cpu) {
  return cpu.current == cpu.idle;
}

}  // namespace

constinit Scheduler the_scheduler;

void Scheduler::RunQueue::push(Thread& thread) {
  threads[static_cast<unsigned>(thread.priority_)].push_back(thread);
  ++count;
}

void Scheduler::RunQueue::remove(Thread& thread) {
  threads[static_cast<unsigned>(thread.priority_)].remove(thread);
  --count;
}

Thread* Scheduler::RunQueue::take(unsigned cpu) {
  if (count == 0) return nullptr;
  for (unsigned priority = priority_count; priority-- > 0;) {
    for (Thread* thread = threads[priority].front(); thread; thread = threads[priority].next(*thread)) {
      if (!thread->allowed_.contains(cpu)) continue;
      remove(*thread);
      return thread;
    }
  }
  return nullptr;
}

void Scheduler::start(Thread& thread) {
  SpinGuard guard{lock_};
  NUCLEUS_CHECK(thread.state_ == Thread::State::created);
  thread.last_cpu_ = arch::this_cpu()->index;
  make_ready(thread);
}

bool Scheduler::take_permit() {
  Thread& thread = current_thread();
  SpinGuard guard{lock_};
  const bool had = thread.permit_;
  thread.permit_ = false;
  return had;
}

void Scheduler::park() {
  Thread& thread = current_thread();
  const arch::InterruptState before = lock_.lock();
  NUCLEUS_ASSERT(thread.preemption_guards_ == 0);
  if (!thread.permit_) {
    thread.state_ = Thread::State::parked;
    switch_away();
  }
  thread.permit_ = false;
  lock_.unlock(before);
}

void Scheduler::unpark(Thread& thread) {
  SpinGuard guard{lock_};
  thread.permit_ = true;
  if (thread.state_ == Thread::State::parked) make_ready(thread);
}

void Scheduler::yield() {
  const arch::InterruptState before = lock_.lock();
  switch_away();
  lock_.unlock(before);
}

void Scheduler::exit() {
  Thread& thread = current_thread();
  (void)lock_.lock();
  thread.state_ = Thread::State::exited;
  // On the list already, but who takes it off needs the lock, which the next thread releases.
  exited_.push_back(thread);
  switch_away();
  panic("an exited thread runs");
}

Thread* Scheduler::take_exited() {
  SpinGuard guard{lock_};
  return exited_.pop_front();
}

void Scheduler::idle() {
  for (;;) {
    arch::enable_interrupts();
    reap_exited_threads();
    arch::disable_interrupts();
    const arch::InterruptState off = lock_.lock();
    switch_away();
    lock_.unlock(off);
    // Between here and the halt nothing is lost: an interrupt that makes a thread ready also ends the halt.
    arch::wait_for_interrupt();
  }
}

void Scheduler::leave_boot_stack(Thread& idle) {
  Cpu& cpu = *arch::this_cpu();
  arch::Context boot;
  (void)lock_.lock();
  cpu.current = &idle;
  cpu.kernel_stack_top = idle.stack_top_;
  idle.state_ = Thread::State::running;
  arch::switch_context(boot, idle.context_);
  panic("the boot stack runs again");
}

void Scheduler::run_secondary(Thread& idle_thread) {
  Cpu& cpu = *arch::this_cpu();
  (void)lock_.lock();
  cpu.current = &idle_thread;
  idle_thread.state_ = Thread::State::running;
  set_online(cpu);
  lock_.unlock_keeping_interrupts_off();
  idle();
}

void Scheduler::finish_first_switch() {
  finish_switch(current_thread());
  lock_.unlock_keeping_interrupts_off();
}

void Scheduler::answer_ipi() {
  Cpu& cpu = *arch::this_cpu();
  if (!cpu.current) return;
  SpinGuard guard{lock_};
  if (cpu.slice_end_ns == 0) start_slice(cpu);
}

void Scheduler::set_affinity(Thread& thread, CpuSet allowed) {
  SpinGuard guard{lock_};
  thread.allowed_ = allowed;
  if (allowed.contains(thread.last_cpu_)) return;
  Cpu* const cpu = online_cpu(thread.last_cpu_);
  if (thread.state_ == Thread::State::ready) {
    queues_[thread.last_cpu_].remove(thread);
    make_ready(thread);
  } else if (thread.state_ == Thread::State::running && cpu) {
    cpu->reschedule = true;
    if (cpu != arch::this_cpu()) arch::send_ipi(cpu->index);
  }
}

unsigned Scheduler::choose_cpu(const Thread& thread) const {
  const auto usable = [&](unsigned index) { return online_cpu(index) && thread.allowed_.contains(index); };
  const auto free = [&](unsigned index) { return queues_[index].count == 0 && is_idle(*online_cpu(index)); };
  if (usable(thread.last_cpu_) && free(thread.last_cpu_)) return thread.last_cpu_;
  unsigned any = max_cpus;
  for (unsigned index = 0, seen = 0; index < max_cpus && seen < online_cpu_count(); ++index) {
    if (!online_cpu(index)) continue;
    ++seen;
    if (!usable(index)) continue;
    if (free(index)) return index;
    if (any == max_cpus || queues_[index].count < queues_[any].count) any = index;
  }
  return usable(thread.last_cpu_) ? thread.last_cpu_ : any;
}

void Scheduler::make_ready(Thread& thread) {
  const unsigned index = choose_cpu(thread);
  NUCLEUS_CHECK(index < max_cpus);
  Cpu& target = *online_cpu(index);
  Cpu& here = *arch::this_cpu();
  thread.state_ = Thread::State::ready;
  thread.last_cpu_ = index;
  queues_[index].push(thread);
  if (is_idle(target) || thread.priority_ > target.current->priority_) target.reschedule = true;
  if (&target == &here) {
    if (target.slice_end_ns == 0) start_slice(target);
  } else if (target.reschedule || queues_[index].count == 1) {
    // It has to leave its idle loop, or to set the timer that will end its thread's turn.
    arch::send_ipi(index);
  }
}

Thread* Scheduler::steal(unsigned thief) {
  unsigned longest = thief;  // the thief's own is empty
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (queues_[index].count > queues_[longest].count) longest = index;
  }
  if (Thread* thread = queues_[longest].take(thief)) return thread;
  // All of those may be bound elsewhere.
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (Thread* thread = queues_[index].take(thief)) return thread;
  }
  return nullptr;
}

Thread& Scheduler::choose_next(Cpu& cpu) {
  if (Thread* thread = queues_[cpu.index].take(cpu.index)) return *thread;
  if (online_cpu_count() > 1) {
    if (Thread* thread = steal(cpu.index)) return *thread;
  }
  return *cpu.idle;
}

void Scheduler::start_slice(Cpu& cpu) {
  if (queues_[cpu.index].count == 0 || is_idle(cpu)) {
    cpu.slice_end_ns = 0;
    return;
  }
  cpu.slice_end_ns = monotonic_ns() + slice_ns;
  want_timer_interrupt(cpu, cpu.slice_end_ns);
}

void Scheduler::switch_away() {
  Cpu& cpu = *arch::this_cpu();
  Thread& thread = *cpu.current;
  cpu.reschedule = false;
  if (thread.state_ == Thread::State::running && &thread != cpu.idle) {
    thread.state_ = Thread::State::ready;
    // A thread that may no longer run here goes to where it may.
    if (thread.allowed_.contains(cpu.index))
      queues_[cpu.index].push(thread);
    else
      make_ready(thread);
  }
  Thread& next = choose_next(cpu);
  next.state_ = Thread::State::running;
  next.last_cpu_ = cpu.index;
  cpu.current = &next;
  start_slice(cpu);
  if (&next == &thread) return;

  cpu.kernel_stack_top = next.stack_top_;
  if (thread.fp_state_) {
    thread.thread_pointer_ = arch::thread_pointer();
    thread.whole_fp_saved_ = thread.trap_depth_ > 0;
    thread.whole_fp_saved_ ? arch::fp_save(thread.fp_state_) : arch::fp_save_callee(thread.fp_state_);
  }
  arch::switch_context(thread.context_, next.context_);
  finish_switch(thread);
}

void Scheduler::finish_switch(Thread& thread) {
  if (!thread.fp_state_) return;
  arch::set_thread_pointer(thread.thread_pointer_);
  thread.whole_fp_saved_ ? arch::fp_restore(thread.fp_state_) : arch::fp_restore_callee(thread.fp_state_);
}

}  // namespace nucleus
