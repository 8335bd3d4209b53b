// SPDX-License-Identifier: ISC
#pragma once

#include <platform/x86/local_apic.h>

#include <cstdint>

namespace arch::x86_64 {

/// The running CPU's: the same registers everywhere.
LocalApic& local_apic();

inline void acknowledge_interrupt() {
  local_apic().acknowledge();
}

/// Silences the 8259s, finds the APICs, turns the boot CPU's on, routes the console's line to it. Once.
void init_interrupt_controllers();

/// The interrupt line of COM1.
unsigned console_line();

}  // namespace arch::x86_64
