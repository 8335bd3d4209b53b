// SPDX-License-Identifier: ISC

#include <nucleus/cpu.h>
#include <nucleus/panic.h>
#include <nucleus/spin_lock.h>

#include <arch/cpu.h>

namespace nucleus {

namespace {

#ifdef NUCLEUS_DEBUG
constexpr std::uint64_t bit_of(Rank rank) {
  return std::uint64_t{1} << static_cast<unsigned>(rank);
}

// Interrupts are off. Before the boot CPU has its record there is nobody to race with, and nothing is
// checked.
void note_taking(Rank rank) {
  Cpu* cpu = arch::this_cpu();
  if (!cpu) return;
  if (cpu->held_ranks >= bit_of(rank)) {
    cpu->held_ranks = 0;  // panic takes locks too
    panic("lock taken out of rank order");
  }
  cpu->held_ranks |= bit_of(rank);
}

void note_release(Rank rank) {
  if (Cpu* cpu = arch::this_cpu()) cpu->held_ranks &= ~bit_of(rank);
}
#else
void note_taking(Rank) {}
void note_release(Rank) {}
#endif

}  // namespace

arch::InterruptState SpinLock::lock() {
  const arch::InterruptState before = arch::save_and_disable_interrupts();
  note_taking(rank_);
  acquire();
  return before;
}

void SpinLock::acquire() {
  while (held_.exchange(1, std::memory_order_acquire) != 0) {
    while (held_.load(std::memory_order_relaxed) != 0) arch::relax();
  }
}

// The rank stays noted for the outer lock.
void SpinLock::lock_nested() {
  acquire();
}
bool SpinLock::try_lock_nested() {
  return held_.load(std::memory_order_relaxed) == 0 && held_.exchange(1, std::memory_order_acquire) == 0;
}
void SpinLock::unlock_nested() {
  held_.store(0, std::memory_order_release);
}

void SpinLock::unlock(arch::InterruptState before) {
  unlock_keeping_interrupts_off();
  arch::restore_interrupts(before);
}

void SpinLock::unlock_keeping_interrupts_off() {
  note_release(rank_);
  held_.store(0, std::memory_order_release);
}

}  // namespace nucleus
