// SPDX-License-Identifier: ISC
#pragma once

// What the core calls in the layers above it (nucleus/syscall, nucleus/link, nucleus/panic). The host tests
// supply their own.

#include <nucleus/arch_upcalls.h>

namespace nucleus {
struct BootInfo;

/// Reads the boot bundle, builds the start stack and enters the program. On the main thread, interrupts on.
[[noreturn]] void start_program(const BootInfo& boot);

/// Delivers a waiting signal to the current thread by changing `frame`, which is of program code (not of the
/// nucleus). Kernel stack, interrupts off.
void deliver_signals_at_trap_exit(arch::TrapFrame& frame);

/// A fault that the core cannot resolve, in program code: turns it into a signal by changing `frame`, or ends
/// the machine. `mapped`: the address is mapped but not so. Kernel stack, interrupts off.
void program_fault(arch::TrapFrame& frame, const Fault& fault, bool mapped);

/// A fault in the nucleus itself: prints `frame`, and panics.
[[noreturn]] void nucleus_fault(const arch::TrapFrame& frame, const Fault& fault);

/// The console has input. Interrupt context.
void console_input_arrived();

/// The last program thread ended by exit(2) rather than exit_group(2): ends the machine with status 0.
[[noreturn]] void last_thread_exited();

}  // namespace nucleus

// The ways in, nucleus_enter_*, are in entry.h: nucleus_enter_clone and nucleus_enter_unmap_and_exit are the
// core's, nucleus_enter_syscall and nucleus_enter_sigreturn belong to nucleus/syscall.
