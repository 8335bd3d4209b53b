// SPDX-License-Identifier: ISC

// How long a thread runs, and how long it has run.

#include "scheduler.h"
#include "timer_queue.h"

#include <nucleus/time.h>

#include <arch/cpu.h>

#include <algorithm>

namespace nucleus {

namespace {

std::uint64_t run_time_ns(const Cpu& cpu) {
  const std::uint64_t now_ns = monotonic_ns();
  return now_ns > cpu.running_since_ns ? now_ns - cpu.running_since_ns : 0;
}

}  // namespace

void Scheduler::account(Queue& queue, Cpu& cpu, Thread& thread, std::uint64_t now_ns) {
  const std::uint64_t ran_ns = now_ns - cpu.running_since_ns;
  cpu.running_since_ns = now_ns;
  thread.stopped_at_ns_ = now_ns;
  thread.cpu_ns_ += ran_ns;
  thread.turn_left_ns_ -= std::min(thread.turn_left_ns_, ran_ns);
  if (thread.is_program_) queue.program_cpu_ns += ran_ns;
  queue.ready.note_run(thread, ran_ns);
}

/// Of a turn that is used up, what a thread has earned by waiting: else one that mostly sleeps would wait
/// for all others each time that its small runs have made up a turn. Those of processes earn so little that
/// none gets more than the others by short sleeps.
std::uint64_t Scheduler::earned_ns(const Thread& thread) {
  constexpr std::uint64_t share = 16, least_ns = 50 * ns_per_us;
  if (thread.stopped_at_ns_ == 0) return 0;
  const std::uint64_t slept_ns = monotonic_ns() - thread.stopped_at_ns_;
  const std::uint64_t earned_ns = std::min(turn_ns, thread.runs_processes ? slept_ns / share : slept_ns);
  return earned_ns < least_ns ? 0 : earned_ns;
}

void Scheduler::limit_turn(Cpu& cpu, bool soon) {
  const std::uint64_t now_ns = monotonic_ns();
  if (cpu.turn_end_ns == 0) {
    // It may have run alone for long: it is not stopped in the middle of what it was waking somebody for.
    const std::uint64_t whole_ns = cpu.running_since_ns + cpu.current->turn_left_ns_;
    cpu.turn_end_ns = std::max(whole_ns, now_ns + least_run_ns);
  }
  if (soon) {
    const bool at_once = cpu.current->in_user_mode.load(std::memory_order_relaxed);
    const std::uint64_t least_ns = at_once ? now_ns : std::max(now_ns, cpu.running_since_ns + least_run_ns);
    if (at_once && &cpu == arch::this_cpu()) cpu.reschedule.store(true, std::memory_order_relaxed);
    cpu.turn_end_ns = std::min(cpu.turn_end_ns, least_ns);
  }
}

void Scheduler::arm_turn_end(Cpu& cpu) {
  if (cpu.turn_end_ns != 0) want_timer_interrupt(cpu, cpu.turn_end_ns);
  if (cpu.offer_at_ns != 0) want_timer_interrupt(cpu, cpu.offer_at_ns);
}

void Scheduler::answer_ipi() {
  Cpu& cpu = *arch::this_cpu();
  if (!cpu.turn_changed.exchange(false)) return;
  SpinGuard guard{queues_[cpu.index].lock};
  arm_turn_end(cpu);
}

void Scheduler::end_turn_if_over(std::uint64_t now_ns) {
  Cpu& cpu = *arch::this_cpu();
  Queue& queue = queues_[cpu.index];
  Notice notice;
  (void)queue.lock.lock();
  if (cpu.turn_end_ns != 0 && now_ns >= cpu.turn_end_ns) {
    cpu.turn_end_ns = 0;
    cpu.reschedule.store(true, std::memory_order_relaxed);
  }
  if (cpu.offer_at_ns != 0 && now_ns >= cpu.offer_at_ns) {
    cpu.offer_at_ns = 0;
    notice = offer(queue, cpu);
  }
  arm_turn_end(cpu);
  queue.lock.unlock_keeping_interrupts_off();
  deliver(notice);
}

std::uint64_t Scheduler::cpu_time_ns(const Thread& thread) {
  InterruptGuard off;
  Queue& queue = lock_queue_of(thread);
  std::uint64_t total_ns = thread.cpu_ns_;
  if (thread.state_ == Thread::State::running)
    total_ns += run_time_ns(*online_cpu(thread.cpu_.load(std::memory_order_relaxed)));
  queue.lock.unlock_keeping_interrupts_off();
  return total_ns;
}

std::uint64_t Scheduler::program_cpu_time_ns() {
  std::uint64_t total_ns = 0;
  for (unsigned index = 0; index < max_cpus; ++index) {
    const Cpu* const cpu = online_cpu(index);
    if (!cpu) continue;
    SpinGuard guard{queues_[index].lock};
    total_ns += queues_[index].program_cpu_ns;
    if (cpu->current->is_program_) total_ns += run_time_ns(*cpu);
  }
  return total_ns;
}

}  // namespace nucleus
