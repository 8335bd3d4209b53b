// SPDX-License-Identifier: ISC
#pragma once

// The machine as its devicetree describes it, and what several files of the port need of one another.

#include <arch/trap.h>
#include <platform/devicetree/machine.h>
#include <platform/uart/devicetree_uart.h>

namespace arch::riscv64 {

/// Filled before the core is entered; the running CPU is cpus[0] from arch::discover on.
nucleus::devicetree::Machine& machine();

nucleus::platform::DevicetreeUart& console();  // uart.cc

void init_clock();           // clock.cc: learns the frequency; before it the clock stands still
void discover_wall_clock();  // clock.cc: memory is up
void discover_power_off();   // power.cc: memory is up

void discover_interrupt_controller();  // interrupts.cc: memory is up
void init_this_cpus_interrupts();      // interrupts.cc
/// Lets a line of the interrupt controller through to this CPU. Context: interrupts off.
void unmask_line(std::uint32_t line);  // interrupts.cc
/// Handles the interrupt that scause names. Context: kernel stack, interrupts off.
void handle_interrupt(TrapFrame& frame, std::uint64_t cause);  // interrupts.cc

/// Stops this CPU for good if another one panics. Context: interrupts off.
void halt_if_stopping();  // cpu.cc

}  // namespace arch::riscv64
