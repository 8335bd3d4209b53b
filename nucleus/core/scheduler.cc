// SPDX-License-Identifier: ISC

#include "scheduler.h"

#include "shootdown.h"

#include <nucleus/kernel_stack.h>
#include <nucleus/panic.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/interrupts.h>

#include <utility>

namespace nucleus {

constinit Scheduler the_scheduler;

Scheduler::Queue& Scheduler::lock_queue_of(const Thread& thread) {
  for (;;) {
    Queue& queue = queues_[thread.cpu_.load(std::memory_order_acquire)];
    (void)queue.lock.lock();
    if (&queue == &queues_[thread.cpu_.load(std::memory_order_relaxed)]) return queue;
    queue.lock.unlock_keeping_interrupts_off();
  }
}

Scheduler::Reason Scheduler::reason_here() const {
  const Cpu& here = *arch::this_cpu();
  return here.in_interrupt || here.current == here.idle ? Reason::interrupt : Reason::thread;
}

void Scheduler::start(Thread& thread) {
  InterruptGuard off;
  NUCLEUS_CHECK(thread.state_ == Thread::State::created);
  thread.cpu_.store(arch::this_cpu()->index);
  (void)lock_queue_of(thread);
  thread.state_ = Thread::State::moving;
  place(thread, reason_here());
}

bool Scheduler::take_permit() {
  InterruptGuard off;
  Thread& thread = current_thread();
  SpinGuard guard{queues_[arch::this_cpu()->index].lock};
  return std::exchange(thread.permit_, false);
}

void Scheduler::park() {
  InterruptGuard off;
  Thread& thread = current_thread();
  Queue& queue = queues_[arch::this_cpu()->index];
  (void)queue.lock.lock();
  NUCLEUS_ASSERT(thread.preemption_guards_ == 0);
  if (std::exchange(thread.permit_, false)) return queue.lock.unlock_keeping_interrupts_off();
  thread.state_ = Thread::State::parked;
  switch_away(queue, RunQueue::Place::woken);
}

void Scheduler::unpark(Thread& thread) {
  InterruptGuard off;
  const Reason reason = reason_here();
  if (reason == Reason::thread) arch::this_cpu()->current->habit_.wakes(monotonic_ns());
  Queue& queue = lock_queue_of(thread);
  if (thread.state_ != Thread::State::parked) {
    thread.permit_ = true;
    return queue.lock.unlock_keeping_interrupts_off();
  }
  thread.state_ = Thread::State::moving;
  place(thread, reason);
}

// The turn's end may have changed again by now; then somebody else delivers that.
void Scheduler::deliver(Notice notice) {
  if (notice.turn_changed) {
    notice.turn_changed->turn_changed.store(true);
    arch::send_ipi(notice.turn_changed->index);
  }
  if (notice.wake != IdleCpus::none && notice.wake != arch::this_cpu()->index) arch::send_ipi(notice.wake);
}

void Scheduler::yield() {
  InterruptGuard off;
  Queue& queue = queues_[arch::this_cpu()->index];
  (void)queue.lock.lock();
  switch_away(queue, RunQueue::Place::next_turn);
}

void Scheduler::preempt() {
  InterruptGuard off;
  Queue& queue = queues_[arch::this_cpu()->index];
  (void)queue.lock.lock();
  switch_away(queue, RunQueue::Place::woken);
}

void Scheduler::exit() {
  Thread& thread = current_thread();
  arch::disable_interrupts();
  Queue& queue = queues_[arch::this_cpu()->index];
  (void)queue.lock.lock();
  thread.state_ = Thread::State::exited;
  queue.leaving = &thread;
  switch_away(queue, RunQueue::Place::woken);
  panic("an exited thread runs");
}

Thread* Scheduler::take_exited() {
  return exited_.with([](ExitedThreads& threads) { return threads.pop_front(); });
}

bool Scheduler::leave_idle(Cpu& cpu) {
  Queue& queue = queues_[cpu.index];
  idle_.add(cpu.index);
  (void)queue.lock.lock();
  const Found next = choose_next(cpu, queue);
  if (!next.thread) {
    queue.lock.unlock_keeping_interrupts_off();
    return next.missed;
  }
  const std::uint64_t now_ns = monotonic_ns();
  account(queue, cpu, *cpu.idle, now_ns);
  switch_to(queue, *next.thread, now_ns);
  return true;
}

void Scheduler::idle() {
  Cpu& cpu = *arch::this_cpu();
  for (;;) {
    arch::enable_interrupts();
    reap_exited_threads();
    arch::disable_interrupts();
    if (leave_idle(cpu))
      arch::relax();
    else
      arch::wait_for_interrupt();
  }
}

void Scheduler::leave_boot_stack(Thread& idle) {
  Cpu& cpu = *arch::this_cpu();
  arch::Context boot;
  (void)queues_[cpu.index].lock.lock();
  cpu.current = &idle;
  cpu.kernel_stack_top = idle.stack_top_;
  idle.state_ = Thread::State::running;
  arch::switch_context(boot, idle.context_);
  panic("the boot stack runs again");
}

void Scheduler::run_secondary(Thread& idle_thread) {
  Cpu& cpu = *arch::this_cpu();
  Queue& queue = queues_[cpu.index];
  (void)queue.lock.lock();
  cpu.current = &idle_thread;
  idle_thread.cpu_.store(cpu.index);
  idle_thread.state_ = Thread::State::running;
  queue.lock.unlock_keeping_interrupts_off();
  set_online(cpu);
  idle();
}

void Scheduler::requeue_current(Queue& queue, Thread& thread, RunQueue::Place place) {
  const bool over = thread.turn_left_ns_ == 0;
  if (over || place == RunQueue::Place::next_turn) {
    thread.turn_left_ns_ = turn_ns;
    place = RunQueue::Place::next_turn;
  }
  // It goes elsewhere if it may no longer run here, or if it would wait less there.
  const unsigned here = thread.cpu_.load(std::memory_order_relaxed);
  if (!thread.allowed_.contains(here) || (over && fewer_wait_elsewhere(queue, thread))) {
    thread.state_ = Thread::State::moving;
    queue.leaving = &thread;
    return;
  }
  thread.state_ = Thread::State::ready;
  queue.ready.push(thread, place);
}

void Scheduler::switch_away(Queue& queue, RunQueue::Place place) {
  Cpu& cpu = *arch::this_cpu();
  Thread& thread = *cpu.current;
  const std::uint64_t now_ns = monotonic_ns();
  account(queue, cpu, thread, now_ns);
  if (thread.state_ == Thread::State::parked) thread.habit_.waits(now_ns);
  if (thread.state_ == Thread::State::running && &thread != cpu.idle) requeue_current(queue, thread, place);
  Thread* const next = choose_next(cpu, queue).thread;
  switch_to(queue, next ? *next : *cpu.idle, now_ns);
}

void Scheduler::switch_to(Queue& queue, Thread& next, std::uint64_t now_ns) {
  Cpu& cpu = *arch::this_cpu();
  Thread& thread = *cpu.current;
  NUCLEUS_ASSERT(kernel_stack_is_whole(thread.stack_top_, thread));
  cpu.reschedule.store(false, std::memory_order_relaxed);
  next.state_ = Thread::State::running;
  cpu.current = &next;
  cpu.turn_end_ns = queue.ready.count() > 0 ? now_ns + next.turn_left_ns_ : 0;
  cpu.offer_at_ns = queue.ready.holds_back() ? cpu.offer_at_ns : 0;
  arm_turn_end(cpu);
  if (queue.ready.stealable() > 0) deliver(call_for_help(queue));
  if (&next == &thread) return queue.lock.unlock_keeping_interrupts_off();
  if (&thread == cpu.idle) {
    idle_.remove(cpu.index);
    end_idle_tlb(cpu);
  }
  if (&next == cpu.idle) begin_idle_tlb(cpu);

  cpu.kernel_stack_top = next.stack_top_;
  ++cpu.thread_switches;
  if (thread.fp_state_) {
    thread.thread_pointer_ = arch::thread_pointer();
    thread.whole_fp_saved_ = thread.trap_depth_ > 0;
    thread.whole_fp_saved_ ? arch::fp_save(thread.fp_state_) : arch::fp_save_callee(thread.fp_state_);
  }
  arch::switch_context(thread.context_, next.context_);
  finish_switch(thread);
}

void Scheduler::finish_first_switch() {
  finish_switch(*arch::this_cpu()->current);
}

/// `thread` runs again, perhaps on another CPU than before, under that one's lock. Releases it.
void Scheduler::finish_switch(Thread& thread) {
  if (thread.fp_state_) {
    arch::set_thread_pointer(thread.thread_pointer_);
    thread.whole_fp_saved_ ? arch::fp_restore(thread.fp_state_) : arch::fp_restore_callee(thread.fp_state_);
  }
  Queue& queue = queues_[arch::this_cpu()->index];
  Thread* const leaving = std::exchange(queue.leaving, nullptr);
  // Its registers are saved by now: others may have it.
  if (leaving && leaving->state_ == Thread::State::moving) return place(*leaving, Reason::turn_over);
  queue.lock.unlock_keeping_interrupts_off();
  if (leaving) exited_.with([&](ExitedThreads& threads) { threads.push_back(*leaving); });
}

}  // namespace nucleus
