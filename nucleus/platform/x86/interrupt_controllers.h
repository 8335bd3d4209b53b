// SPDX-License-Identifier: ISC
#pragma once

#include "local_apic.h"
#include "reference_counter.h"

#include <cstdint>

namespace arch::x86_64 {

/// The running CPU's: the same registers everywhere.
LocalApic& local_apic();

inline void acknowledge_interrupt() {
  local_apic().acknowledge();
}

/// Turns the boot CPU's local APIC on, reached through `map`: first the boot page tables, later the final
/// ones.
void init_local_apic(MapRegisters map);

/// Silences the 8259s, sets the I/O APICs up, routes the console's line to this CPU. Once.
void init_interrupt_controllers();

/// Behind the lines that I/O APICs may have.
inline constexpr unsigned line_of_first_message = 64;

class IoApic;
/// The one that has the line; null: none does. After init_interrupt_controllers().
const IoApic* io_apic_of(unsigned line);

/// After an interrupt: masks the line, but for the console's and messages, and lets the CPU take others.
/// Context: interrupts off.
void acknowledge_line(unsigned line);

/// The interrupt line of COM1.
unsigned console_line();

}  // namespace arch::x86_64
