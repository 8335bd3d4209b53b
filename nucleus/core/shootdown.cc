// SPDX-License-Identifier: ISC

#include "shootdown.h"

#include <nucleus/cpu.h>
#include <nucleus/panic.h>
#include <nucleus/thread.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>
#include <arch/mmu.h>

#include <atomic>

namespace nucleus {

namespace {

// Above this many pages the whole TLB goes: cheaper than one by one.
constexpr std::size_t flush_all_pages = 64;

// One request at a time. It is taken with interrupts on, since its holder waits for all others to answer.
struct Request {
  std::atomic<bool> taken{false};
  VirtAddr at{};
  std::size_t pages = 0;
  std::atomic<std::uint64_t> waiting{0};  // bit n: CPU n has not answered
};
constinit Request the_request;

void flush_here(VirtAddr at, std::size_t pages) {
  if (pages > flush_all_pages)
    arch::flush_tlb_all();
  else
    arch::flush_tlb(at, pages);
}

}  // namespace

void flush_everywhere(VirtAddr at, std::size_t pages) {
  if (online_cpu_count() <= 1) return flush_here(at, pages);
  NUCLEUS_CHECK(arch::interrupts_enabled());

  // Whoever holds the request must not lose its CPU for long, so it keeps it: interrupts stay on, preemption
  // is off.
  PreemptionGuard stay;
  while (the_request.taken.exchange(true, std::memory_order_acquire)) arch::relax();
  the_request.at = at;
  the_request.pages = pages;
  std::uint64_t others = 0;
  const unsigned self = arch::this_cpu()->index;
  for (unsigned i = 0; i < max_cpus; ++i) {
    if (i != self && online_cpu(i)) others |= std::uint64_t{1} << i;
  }
  the_request.waiting.store(others, std::memory_order_release);
  for (unsigned i = 0; i < max_cpus; ++i) {
    if ((others >> i) & 1) arch::send_ipi(i);
  }
  flush_here(at, pages);
  while (the_request.waiting.load(std::memory_order_acquire) != 0) arch::relax();
  the_request.taken.store(false, std::memory_order_release);
}

void answer_shootdown() {
  const std::uint64_t self = std::uint64_t{1} << arch::this_cpu()->index;
  if ((the_request.waiting.load(std::memory_order_acquire) & self) == 0) return;
  flush_here(the_request.at, the_request.pages);
  the_request.waiting.fetch_and(~self, std::memory_order_acq_rel);
}

}  // namespace nucleus
