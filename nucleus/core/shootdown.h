// SPDX-License-Identifier: ISC
#pragma once

// TLB maintenance on all CPUs. Called after page-table entries were taken away or lost rights, and before the
// frames behind them are released. The interrupts are also those of barrier_everywhere() (nucleus/cpu.h).

#include <nucleus/address.h>

#include <cstddef>

namespace nucleus {
class Cpu;

/// When it returns no CPU uses an old translation of the pages.
/// Context: a thread, no lock held, interrupts on (other CPUs may be waiting for this one); or a lone CPU.
void flush_everywhere(VirtAddr at, std::size_t pages);

/// This CPU's part when another asked. Context: IPI.
void answer_shootdown();

/// An idle CPU is not interrupted: it only touches what is never unmapped, and flushes everything before it
/// runs a thread. Context: interrupts off, on the CPU itself, idle from begin to end.
void begin_idle_tlb(Cpu& cpu);
void end_idle_tlb(Cpu& cpu);

}  // namespace nucleus
