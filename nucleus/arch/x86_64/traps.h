// SPDX-License-Identifier: ISC
#pragma once

namespace arch::x86_64 {

/// Fills the interrupt descriptor table, which all CPUs share. Once.
void init_interrupt_gates();
/// Points this CPU at it.
void load_interrupt_gates();

/// From now on a non-maskable interrupt stops the CPU that takes it, for good.
void stop_on_nmi();

}  // namespace arch::x86_64
