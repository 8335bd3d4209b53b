// SPDX-License-Identifier: ISC
#pragma once

// Cpu: what the nucleus knows of one processor. arch::this_cpu() gives the running one; the answer is only
// good while interrupts are off, since a thread may continue elsewhere.

#include <nucleus/entry.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace nucleus {
class Thread;

inline constexpr unsigned max_cpus = 64;

/// Starts with the words that the ports' assembly reads (entry.h); a Cpu* is a CpuEntry*.
class Cpu : public CpuEntry {
 public:
  /// What a CPU's translations are used for (shootdown.h).
  enum class Tlb : std::uint8_t { in_use, idle, idle_and_stale };

  constexpr Cpu() { self = this; }

  unsigned index = 0;                   // 0: the boot CPU; its bit in a CpuSet
  std::atomic<bool> reschedule{false};  // the running thread should give way at the next chance
  Thread* current = nullptr;
  Thread* idle = nullptr;
  bool in_interrupt = false;  // of a device, timer or another CPU

  std::atomic<Tlb> tlb{Tlb::in_use};
  std::atomic<std::uint64_t> flushed_for{0};     // the last request for a flush that it has answered
  std::atomic<bool> flush_asked{false};          // it has been sent an interrupt for one, or for a barrier
  std::atomic<std::uint64_t> passed_barrier{0};  // the last request for a barrier that it has answered
  std::atomic<bool> turn_changed{false};         // by another CPU: turn_end_ns is to be looked at

  // Protected by the lock of this CPU's run queue, as `current` is.
  std::uint64_t running_since_ns = 0;  // when the current thread was switched to, or last accounted for
  std::uint64_t turn_end_ns = 0;       // when its turn ends; 0: nobody waits for it
  std::uint64_t offer_at_ns = 0;  // when a thread that is held back is offered to others; 0: there is none

  // Interrupts off, this CPU only. The first is read at any time.
  std::uint64_t thread_switches = 0;
  std::uint64_t timer_set_ns = ~std::uint64_t{0};  // what the hardware timer is set to; ~0: nothing
  std::uint64_t held_ranks = 0;                    // bit n: a lock of Rank n is held (debug builds)
};

/// The record of CPU `index`, null if it is not online. Any context.
Cpu* online_cpu(unsigned index);
unsigned online_cpu_count();
/// Makes this CPU, whose record is set, one of the online ones.
void set_online(Cpu& cpu);

/// What this thread did before, and all that program code on other CPUs sees after it, are in one order
/// everywhere: each CPU that runs a thread has passed a full memory barrier meanwhile. Context: a thread, no
/// lock held, interrupts on.
void barrier_everywhere();

}  // namespace nucleus
