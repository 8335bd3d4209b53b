// SPDX-License-Identifier: ISC

// Which CPU a thread waits for. Policy:
//
// - A thread that wakes another is asked how that went before. If it usually waits itself soon after (it
// hands
//   over a lock, or an answer), the woken thread stays on the waker's CPU, held back from the others: it will
//   run there sooner than a halted CPU could be brought to run it, and does not meet the waker in the lock.
//   If the waker goes on nevertheless, the timer offers the thread to the others, and the waker is remembered
//   as one that goes on.
// - Else the thread goes to an idle CPU, by choice the one it ran on; else to where the fewest wait.
// - A thread whose turn is over goes where fewer wait than here, so that threads which only compute share all
//   CPUs evenly.
// - A CPU with nothing to do takes from the longest queue.

#include "scheduler.h"

#include <nucleus/panic.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>

namespace nucleus {

unsigned Scheduler::choose_cpu(const Thread& thread, Reason reason) {
  const unsigned last = thread.cpu_.load(std::memory_order_relaxed);
  if (online_cpu_count() == 1) return last;
  const Cpu& here = *arch::this_cpu();
  if (reason == Reason::thread && here.current->habit_.waits_soon() && thread.allowed_.contains(here.index) &&
      queues_[here.index].ready.count() == 0)
    return here.index;
  if (thread.allowed_.contains(last) && idle_.claim(last)) return last;
  if (const unsigned idle = idle_.claim_any(thread.allowed_); idle != IdleCpus::none) return idle;
  // The last one has first claim among equals: the thread's data may still be in its caches. If it leaves
  // because its turn is over, the last one has the last claim, and what moves on goes round all CPUs; else
  // the thread that it made room for would be alone there again, and another CPU's thread alone for good.
  unsigned best = reason != Reason::turn_over && thread.allowed_.contains(last) ? last : max_cpus;
  for (unsigned distance = 1; distance <= max_cpus; ++distance) {
    const unsigned index = (last + distance) % max_cpus;
    if (!online_cpu(index) || !thread.allowed_.contains(index)) continue;
    if (best == max_cpus || queues_[index].ready.count() < queues_[best].ready.count()) best = index;
  }
  NUCLEUS_CHECK(best < max_cpus);
  return best;
}

bool Scheduler::fewer_wait_elsewhere(const Queue& queue, const Thread& thread) const {
  const unsigned waiting = queue.ready.count();
  if (waiting == 0 || online_cpu_count() == 1) return false;
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (online_cpu(index) && thread.allowed_.contains(index) && queues_[index].ready.count() < waiting)
      return true;
  }
  return false;
}

void Scheduler::place(Thread& thread, Reason reason) {
  for (;;) {
    const unsigned from = thread.cpu_.load(std::memory_order_relaxed);
    const unsigned to = choose_cpu(thread, reason);
    if (to == from) break;
    // Not changed again by others: it is moving.
    thread.cpu_.store(to, std::memory_order_release);
    queues_[from].lock.unlock_keeping_interrupts_off();
    (void)queues_[to].lock.lock();
    if (thread.allowed_.contains(to)) break;
    // Its affinity was changed meanwhile. If the CPU was idle, it is claimed but gets nothing: it may say
    // again that it is.
    arch::send_ipi(to);
  }
  const unsigned index = thread.cpu_.load(std::memory_order_relaxed);
  Queue& queue = queues_[index];
  const Notice notice = enqueue(queue, *online_cpu(index), thread, reason);
  queue.lock.unlock_keeping_interrupts_off();
  deliver(notice);
}

Scheduler::Notice Scheduler::enqueue(Queue& queue, Cpu& target, Thread& thread, Reason reason) {
  const Cpu& here = *arch::this_cpu();
  const bool over = reason == Reason::turn_over;
  if (thread.turn_left_ns_ == 0 && !over) thread.turn_left_ns_ = earned_ns(thread);
  const bool has_turn = thread.turn_left_ns_ > 0;
  thread.state_ = Thread::State::ready;
  if (!has_turn) thread.turn_left_ns_ = turn_ns;
  queue.ready.push(thread, has_turn && !over ? RunQueue::Place::woken : RunQueue::Place::next_turn);

  if (target.current == target.idle) {
    target.reschedule.store(true, std::memory_order_relaxed);
    return {.wake = target.index};
  }
  const std::uint64_t turn_end_before_ns = target.turn_end_ns;
  Notice notice;
  if (thread.priority_ > target.current->priority_) {
    // A trap's exit sees the flag; without a trap the timer makes one, once interrupts are on.
    target.reschedule.store(true, std::memory_order_relaxed);
    target.turn_end_ns = monotonic_ns();
  } else {
    const bool comes_first = has_turn || target.current->in_user_mode.load(std::memory_order_relaxed);
    limit_turn(target, comes_first && !over && (here.in_interrupt || &target != &here));
    const bool alone = queue.ready.count() == 1 && online_cpu_count() > 1;
    if (alone && reason == Reason::thread && &target == &here && here.current->habit_.waits_soon()) {
      queue.ready.hold_back();
      target.offer_at_ns = monotonic_ns() + WakerHabit::soon_ns;
      arm_turn_end(target);
      return {};
    }
  }
  // After the push: a CPU may have become idle since choose_cpu() looked.
  notice.wake = idle_.claim_any(thread.allowed_);
  if (&target == &here)
    arm_turn_end(target);
  else if (target.turn_end_ns != turn_end_before_ns)
    notice.turn_changed = &target;
  return notice;
}

Scheduler::Notice Scheduler::offer(Queue& queue, Cpu& cpu) {
  if (!queue.ready.holds_back()) return {};
  queue.ready.offer();
  cpu.current->habit_.goes_on();
  return call_for_help(queue);
}

Scheduler::Notice Scheduler::call_for_help(const Queue& queue) {
  if (idle_.none_in(CpuSet{})) return {};
  return {.wake = idle_.claim_any(queue.ready.allowed())};
}

Scheduler::Found Scheduler::steal(unsigned thief) {
  Found found;
  const auto take_from = [&](unsigned victim) {
    Queue& queue = queues_[victim];
    if (victim == thief || queue.ready.stealable() == 0) return;
    if (!queue.lock.try_lock_nested()) {
      found.missed = true;
      return;
    }
    if (queue.ready.stealable() > 0) found.thread = queue.ready.take(thief);
    if (found.thread) found.thread->cpu_.store(thief, std::memory_order_release);
    queue.lock.unlock_nested();
  };
  unsigned longest = thief;
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (queues_[index].ready.stealable() > queues_[longest].ready.stealable()) longest = index;
  }
  take_from(longest);
  // All of those may be bound elsewhere.
  for (unsigned index = 0; index < max_cpus && !found.thread; ++index) take_from(index);
  return found;
}

Scheduler::Found Scheduler::choose_next(Cpu& cpu, Queue& queue) {
  if (Thread* const thread = queue.ready.take(cpu.index)) return {.thread = thread};
  return online_cpu_count() > 1 ? steal(cpu.index) : Found{};
}

void Scheduler::set_affinity(Thread& thread, CpuSet allowed) {
  InterruptGuard off;
  Queue& queue = lock_queue_of(thread);
  thread.allowed_ = allowed;
  const unsigned index = thread.cpu_.load(std::memory_order_relaxed);
  const bool moves = !allowed.contains(index);
  if (moves && thread.state_ == Thread::State::ready) {
    queue.ready.remove(thread);
    thread.state_ = Thread::State::moving;
    return place(thread, reason_here());
  }
  Cpu* const cpu = online_cpu(index);
  const bool remote = moves && thread.state_ == Thread::State::running && cpu != arch::this_cpu();
  if (moves && thread.state_ == Thread::State::running)
    cpu->reschedule.store(true, std::memory_order_relaxed);
  queue.lock.unlock_keeping_interrupts_off();
  if (remote) arch::send_ipi(index);
}

CpuSet Scheduler::affinity(const Thread& thread) {
  InterruptGuard off;
  Queue& queue = lock_queue_of(thread);
  const CpuSet allowed = thread.allowed_;
  queue.lock.unlock_keeping_interrupts_off();
  return allowed;
}

}  // namespace nucleus
