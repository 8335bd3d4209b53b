// SPDX-License-Identifier: ISC

// Requests are numbered. A CPU answers all requests up to a number by one flush of everything, and says so;
// whoever asked waits until all CPUs have come that far. So requests that come together cost one flush a CPU,
// and nobody queues.
//
// Who has waited for a while halts, and is interrupted by the answer: in a virtual machine the CPU that has
// to answer may need this one's processor to come so far. No answer is missed: the asker (1) says that it
// waits, (2) looks for the answer, (3) halts; the other (a) answers, (b) looks who waits and interrupts them.

#include "shootdown.h"

#include <nucleus/cpu.h>
#include <nucleus/panic.h>
#include <nucleus/spin_lock.h>
#include <nucleus/time.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>
#include <arch/mmu.h>

#include <atomic>

namespace nucleus {

namespace {

// Above this many pages the whole TLB goes: cheaper than one by one.
constexpr std::size_t flush_all_pages = 64;

// Longer than an answer takes from a CPU that runs.
constexpr std::uint64_t spin_ns = 50'000;

constinit std::atomic<std::uint64_t> last_request{0};
constinit std::atomic<std::uint64_t> last_barrier{0};
// CPUs that are to be interrupted at the next answer, as bits. Only who answers takes one away: a thread that
// has halted may go on elsewhere, and another halt in its place.
constinit std::atomic<std::uint64_t> halted{0};

/// After an answer.
void wake_halted() {
  if (halted.load() == 0) return;
  const std::uint64_t waiting = halted.exchange(0);
  for (unsigned i = 0; i < max_cpus; ++i) {
    if ((waiting >> i) & 1) arch::send_ipi(i);
  }
}

void flush_here(VirtAddr at, std::size_t pages) {
  if (pages > flush_all_pages)
    arch::flush_tlb_all();
  else
    arch::flush_tlb(at, pages);
}

/// Interrupts off, on the CPU itself. Its accesses before are done, and those after are not begun, when the
/// asker sees the answer.
void answer_barrier(Cpu& cpu) {
  const std::uint64_t request = last_barrier.load();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  cpu.passed_barrier.store(request);
}

/// Interrupts off, on the CPU itself.
void answer(Cpu& cpu) {
  const std::uint64_t request = last_request.load();
  if (cpu.flushed_for.load(std::memory_order_relaxed) >= request) return;
  arch::flush_tlb_all();
  cpu.flushed_for.store(request);
}

/// True if the CPU is idle, and will flush before it runs a thread.
bool leave_to_idle(Cpu& cpu) {
  Cpu::Tlb state = Cpu::Tlb::idle;
  return cpu.tlb.compare_exchange_strong(state, Cpu::Tlb::idle_and_stale) ||
         state == Cpu::Tlb::idle_and_stale;
}

/// Asks all CPUs but `self`; returns those that have to answer, as bits.
std::uint64_t ask_others(unsigned self) {
  std::uint64_t asked = 0;
  for (unsigned i = 0; i < max_cpus; ++i) {
    Cpu* const cpu = online_cpu(i);
    if (!cpu || i == self || leave_to_idle(*cpu)) continue;
    asked |= std::uint64_t{1} << i;
    if (!cpu->flush_asked.exchange(true)) arch::send_ipi(i);
  }
  return asked;
}

using Answers = std::atomic<std::uint64_t> Cpu::*;

/// Waits until the CPUs, as bits, have answered the request.
void wait_for(std::uint64_t cpus, Answers answers, std::uint64_t request) {
  const Deadline spin_end = Deadline::after(spin_ns);
  for (unsigned i = 0; i < max_cpus; ++i) {
    if (((cpus >> i) & 1) == 0) continue;
    const auto& answered = online_cpu(i)->*answers;
    while (answered.load() < request) {
      // Others may be waiting for this CPU; sooner than an interrupt would have it.
      answer_shootdown();
      if (!spin_end.passed()) {
        arch::relax();
        continue;
      }
      InterruptGuard stay;
      halted.fetch_or(std::uint64_t{1} << arch::this_cpu()->index);
      if (answered.load() < request) arch::wait_for_interrupt();
    }
  }
}

}  // namespace

void flush_everywhere(VirtAddr at, std::size_t pages) {
  if (online_cpu_count() <= 1) return flush_here(at, pages);
  if (arch::flush_tlb_everywhere(at, pages)) return;
  NUCLEUS_CHECK(arch::interrupts_enabled());
  std::uint64_t request = 0;
  std::uint64_t asked = 0;
  {
    InterruptGuard stay;
    // After the page-table writes, and before the looks at what the CPUs do: end_idle_tlb() does the reverse.
    request = last_request.fetch_add(1) + 1;
    flush_here(at, pages);
    asked = ask_others(arch::this_cpu()->index);
  }
  wait_for(asked, &Cpu::flushed_for, request);
}

void barrier_everywhere() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (online_cpu_count() <= 1) return;
  NUCLEUS_CHECK(arch::interrupts_enabled());
  std::uint64_t request = 0;
  std::uint64_t asked = 0;
  {
    InterruptGuard stay;
    request = last_barrier.fetch_add(1) + 1;
    const unsigned self = arch::this_cpu()->index;
    for (unsigned i = 0; i < max_cpus; ++i) {
      Cpu* const cpu = online_cpu(i);
      // An idle CPU runs no program; the exchange in end_idle_tlb() is its barrier when it does so again.
      if (!cpu || i == self || cpu->tlb.load() != Cpu::Tlb::in_use) continue;
      asked |= std::uint64_t{1} << i;
      if (!cpu->flush_asked.exchange(true)) arch::send_ipi(i);
    }
  }
  wait_for(asked, &Cpu::passed_barrier, request);
}

void answer_shootdown() {
  InterruptGuard stay;
  Cpu& cpu = *arch::this_cpu();
  cpu.flush_asked.store(false);
  answer(cpu);
  answer_barrier(cpu);
  wake_halted();
}

void begin_idle_tlb(Cpu& cpu) {
  cpu.tlb.store(Cpu::Tlb::idle);
}

void end_idle_tlb(Cpu& cpu) {
  if (cpu.tlb.exchange(Cpu::Tlb::in_use) != Cpu::Tlb::idle_and_stale) return;
  answer(cpu);
  wake_halted();
}

}  // namespace nucleus
