// SPDX-License-Identifier: ISC

#include "scheduler.h"

#include "shootdown.h"
#include "timer_queue.h"

#include <nucleus/kernel_stack.h>
#include <nucleus/panic.h>
#include <nucleus/time.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/interrupts.h>

#include <algorithm>

namespace nucleus {

namespace {

// A turn: long enough that saving the floating-point state hardly shows, short enough to look smooth.
constexpr std::uint64_t turn_ns = 3 * ns_per_ms;
// What a thread gets at least before one that was woken takes its place.
constexpr std::uint64_t least_run_ns = 1 * ns_per_ms;

bool is_idle(const Cpu& cpu) {
  return cpu.current == cpu.idle;
}

}  // namespace

constinit Scheduler the_scheduler;

void Scheduler::start(Thread& thread) {
  const arch::InterruptState before = lock_.lock();
  NUCLEUS_CHECK(thread.state_ == Thread::State::created);
  thread.last_cpu_ = arch::this_cpu()->index;
  const Notice notice = make_ready(thread);
  lock_.unlock_keeping_interrupts_off();
  deliver(notice);
  arch::restore_interrupts(before);
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
    switch_away(RunQueue::Place::woken);
  }
  thread.permit_ = false;
  lock_.unlock(before);
}

void Scheduler::unpark(Thread& thread) {
  const arch::InterruptState before = lock_.lock();
  thread.permit_ = true;
  const Notice notice = thread.state_ == Thread::State::parked ? make_ready(thread) : Notice{};
  lock_.unlock_keeping_interrupts_off();
  deliver(notice);
  arch::restore_interrupts(before);
}

// The turn's end may have changed again by now; then somebody else delivers that.
void Scheduler::deliver(Notice notice) {
  if (!notice.target) return;
  if (notice.target == arch::this_cpu()) return arm_turn_end(*notice.target);
  notice.target->turn_changed.store(true);
  arch::send_ipi(notice.target->index);
}

void Scheduler::yield() {
  const arch::InterruptState before = lock_.lock();
  switch_away(RunQueue::Place::next_turn);
  lock_.unlock(before);
}

void Scheduler::preempt() {
  const arch::InterruptState before = lock_.lock();
  switch_away(RunQueue::Place::woken);
  lock_.unlock(before);
}

void Scheduler::exit() {
  Thread& thread = current_thread();
  (void)lock_.lock();
  thread.state_ = Thread::State::exited;
  // On the list already, but who takes it off needs the lock, which the next thread releases.
  exited_.push_back(thread);
  switch_away(RunQueue::Place::woken);
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
    switch_away(RunQueue::Place::woken);
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
  if (!cpu.turn_changed.exchange(false)) return;
  SpinGuard guard{lock_};
  arm_turn_end(cpu);
}

void Scheduler::end_turn_if_over(std::uint64_t now_ns) {
  Cpu& cpu = *arch::this_cpu();
  SpinGuard guard{lock_};
  if (cpu.turn_end_ns != 0 && now_ns >= cpu.turn_end_ns) {
    cpu.turn_end_ns = 0;
    cpu.reschedule = true;
  }
  arm_turn_end(cpu);
}

void Scheduler::set_affinity(Thread& thread, CpuSet allowed) {
  SpinGuard guard{lock_};
  thread.allowed_ = allowed;
  if (allowed.contains(thread.last_cpu_)) return;
  Cpu* const cpu = online_cpu(thread.last_cpu_);
  if (thread.state_ == Thread::State::ready) {
    queues_[thread.last_cpu_].remove(thread);
    deliver(make_ready(thread));
  } else if (thread.state_ == Thread::State::running && cpu) {
    cpu->reschedule = true;
    if (cpu != arch::this_cpu()) arch::send_ipi(cpu->index);
  }
}

CpuSet Scheduler::affinity(const Thread& thread) {
  SpinGuard guard{lock_};
  return thread.allowed_;
}

std::uint64_t Scheduler::cpu_time_ns(const Thread& thread) {
  SpinGuard guard{lock_};
  if (thread.state_ != Thread::State::running) return thread.cpu_ns_;
  return thread.cpu_ns_ + (monotonic_ns() - online_cpu(thread.last_cpu_)->running_since_ns);
}

std::uint64_t Scheduler::program_cpu_time_ns() {
  SpinGuard guard{lock_};
  std::uint64_t total_ns = program_cpu_ns_;
  for (unsigned index = 0; index < max_cpus; ++index) {
    const Cpu* const cpu = online_cpu(index);
    if (cpu && cpu->current->is_program_) total_ns += monotonic_ns() - cpu->running_since_ns;
  }
  return total_ns;
}

unsigned Scheduler::choose_cpu(const Thread& thread) const {
  const auto usable = [&](unsigned index) { return online_cpu(index) && thread.allowed_.contains(index); };
  const auto free = [&](unsigned index) {
    return queues_[index].count() == 0 && is_idle(*online_cpu(index));
  };
  if (usable(thread.last_cpu_) && free(thread.last_cpu_)) return thread.last_cpu_;
  unsigned any = max_cpus;
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (!usable(index)) continue;
    if (free(index)) return index;
    if (any == max_cpus || queues_[index].count() < queues_[any].count()) any = index;
  }
  return usable(thread.last_cpu_) ? thread.last_cpu_ : any;
}

Scheduler::Notice Scheduler::make_ready(Thread& thread) {
  const unsigned index = choose_cpu(thread);
  NUCLEUS_CHECK(index < max_cpus);
  Cpu& target = *online_cpu(index);
  const Cpu& here = *arch::this_cpu();
  const bool has_turn = thread.turn_left_ns_ > 0;
  thread.state_ = Thread::State::ready;
  thread.last_cpu_ = index;
  if (!has_turn) thread.turn_left_ns_ = turn_ns;
  queues_[index].push(thread, has_turn ? RunQueue::Place::woken : RunQueue::Place::next_turn);
  const std::uint64_t turn_end_before_ns = target.turn_end_ns;
  if (is_idle(target)) {
    target.reschedule = true;
  } else if (thread.priority_ > target.current->priority_) {
    // A trap's exit sees the flag; without a trap the timer makes one, once interrupts are on.
    target.reschedule = true;
    target.turn_end_ns = monotonic_ns();
  } else {
    limit_turn(target, has_turn && (here.in_interrupt || &target != &here));
  }
  const bool changed = target.reschedule || target.turn_end_ns != turn_end_before_ns;
  return Notice{changed ? &target : nullptr};
}

Thread* Scheduler::steal(unsigned thief) {
  unsigned longest = thief;  // the thief's own is empty
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (queues_[index].count() > queues_[longest].count()) longest = index;
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

void Scheduler::account(Cpu& cpu, Thread& thread, std::uint64_t now_ns) {
  const std::uint64_t ran_ns = now_ns - cpu.running_since_ns;
  cpu.running_since_ns = now_ns;
  thread.cpu_ns_ += ran_ns;
  thread.turn_left_ns_ -= std::min(thread.turn_left_ns_, ran_ns);
  if (thread.is_program_) program_cpu_ns_ += ran_ns;
}

void Scheduler::limit_turn(Cpu& cpu, bool soon) {
  const std::uint64_t now_ns = monotonic_ns();
  if (cpu.turn_end_ns == 0) {
    // It may have run alone for long: it is not stopped in the middle of what it was waking somebody for.
    const std::uint64_t whole_ns = cpu.running_since_ns + cpu.current->turn_left_ns_;
    cpu.turn_end_ns = std::max(whole_ns, now_ns + least_run_ns);
  }
  if (soon) {
    const std::uint64_t least_ns = std::max(now_ns, cpu.running_since_ns + least_run_ns);
    cpu.turn_end_ns = std::min(cpu.turn_end_ns, least_ns);
  }
}

void Scheduler::arm_turn_end(Cpu& cpu) {
  if (cpu.turn_end_ns != 0) want_timer_interrupt(cpu, cpu.turn_end_ns);
}

void Scheduler::requeue_current(Cpu& cpu, Thread& thread, RunQueue::Place place) {
  thread.state_ = Thread::State::ready;
  if (thread.turn_left_ns_ == 0 || place == RunQueue::Place::next_turn) {
    thread.turn_left_ns_ = turn_ns;
    place = RunQueue::Place::next_turn;
  }
  // A thread that may no longer run here goes to where it may.
  if (thread.allowed_.contains(cpu.index))
    queues_[cpu.index].push(thread, place);
  else
    deliver(make_ready(thread));
}

void Scheduler::switch_away(RunQueue::Place place) {
  Cpu& cpu = *arch::this_cpu();
  Thread& thread = *cpu.current;
  const std::uint64_t now_ns = monotonic_ns();
  NUCLEUS_ASSERT(kernel_stack_is_whole(thread.stack_top_, thread));
  cpu.reschedule = false;
  account(cpu, thread, now_ns);
  if (thread.state_ == Thread::State::running && &thread != cpu.idle) requeue_current(cpu, thread, place);

  Thread& next = choose_next(cpu);
  next.state_ = Thread::State::running;
  next.last_cpu_ = cpu.index;
  cpu.current = &next;
  cpu.turn_end_ns = queues_[cpu.index].count() > 0 ? now_ns + next.turn_left_ns_ : 0;
  arm_turn_end(cpu);
  if (&next == &thread) return;
  if (&thread == cpu.idle) end_idle_tlb(cpu);
  if (&next == cpu.idle) begin_idle_tlb(cpu);

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
