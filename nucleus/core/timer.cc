// SPDX-License-Identifier: ISC

#include "scheduler.h"
#include "timer_queue.h"

#include <nucleus/cpu.h>
#include <nucleus/locked.h>
#include <nucleus/timer.h>

#include <arch/clock.h>
#include <arch/cpu.h>

#include <algorithm>
#include <array>

namespace nucleus {

namespace {

constinit std::array<Locked<TimerQueue, Rank::timers>, max_cpus> queues;

}  // namespace

void Timer::arm(Deadline deadline) {
  cancel();
  if (deadline.is_never()) return;
  InterruptGuard stay;
  Cpu& cpu = *arch::this_cpu();
  queues[cpu.index].with([&](TimerQueue& queue) {
    cpu_.store(&cpu, std::memory_order_relaxed);
    queue.insert(*this, deadline.ns());
  });
  want_timer_interrupt(cpu, deadline.ns());
}

bool Timer::cancel() {
  const Cpu* const cpu = cpu_.load(std::memory_order_acquire);
  if (!cpu) return false;
  return queues[cpu->index].with([&](TimerQueue& queue) {
    cpu_.store(nullptr, std::memory_order_relaxed);
    return queue.remove(*this);
  });
}

void want_timer_interrupt(Cpu& cpu, std::uint64_t deadline_ns) {
  if (deadline_ns >= cpu.timer_set_ns) return;
  cpu.timer_set_ns = deadline_ns;
  arch::set_timer(deadline_ns);
}

void handle_timer_interrupt(Cpu& cpu) {
  cpu.timer_set_ns = ~std::uint64_t{0};
  const std::uint64_t now_ns = monotonic_ns();
  const std::uint64_t next_ns = queues[cpu.index].with([&](TimerQueue& queue) {
    queue.expire(now_ns);
    return queue.earliest_ns();
  });
  want_timer_interrupt(cpu, next_ns);
  the_scheduler.end_turn_if_over(now_ns);
}

}  // namespace nucleus
