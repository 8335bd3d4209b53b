// SPDX-License-Identifier: ISC
#pragma once

#include <arch/trap.h>

#include <atomic>

namespace arch::x86_64 {

/// Fills the interrupt descriptor table, which all CPUs share. Once.
void init_interrupt_gates();
/// Points this CPU at it.
void load_interrupt_gates();

/// From now on a non-maskable interrupt stops the CPU that takes it, for good.
void stop_on_nmi();
extern std::atomic<bool> nmi_means_stop;

/// Calls the upcall; of the frame only its vector matters.
void handle_interrupt(TrapFrame& frame);

}  // namespace arch::x86_64
