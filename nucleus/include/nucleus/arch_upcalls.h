// SPDX-License-Identifier: ISC
#pragma once

// What a port calls in the core. Trap entry is the same everywhere: the CPU switches to a per-CPU catch
// stack, the port saves the full integer state there, copies it to the interrupted thread's own kernel stack
// (upcall_trap_stack says where), switches to it, and only then calls one of these. Nothing faults, enables
// interrupts or reschedules on a catch stack.

#include <nucleus/address.h>
#include <nucleus/result.h>

#include <cstddef>
#include <cstdint>

namespace arch {
struct TrapFrame;
}

namespace nucleus {
class Cpu;
struct BootInfo;

enum class FaultKind : std::uint8_t {
  read,     // data read of an address that is not mapped so
  write,    // data write
  execute,  // instruction fetch
  illegal_instruction,
  divide,  // integer division by zero where the CPU traps (x86_64)
  floating_point,
  alignment,
  breakpoint,
  stack_overflow,  // the kernel stack's guard page, found by the port on its catch stack: always fatal
  protection,      // general protection and all else
};

struct Fault {
  FaultKind kind = FaultKind::protection;
  VirtAddr address{};          // read, write, execute: what was touched
  std::uint64_t raw_code = 0;  // error code, ESR, scause: for the panic text
};

/// The entry of the nucleus, on the boot stack with paging on, the image mapped at its link address and the
/// direct map covering at least the image, the boot stack and all that `boot` names; interrupts off. Never
/// returns.
[[noreturn]] void upcall_boot(const BootInfo& boot);

/// The entry of a secondary CPU, on its idle stack, arch::this_cpu() not yet set; interrupts off. Never
/// returns.
[[noreturn]] void upcall_secondary_cpu(Cpu* cpu);

/// Where to copy a frame of `size` bytes of what was interrupted at stack pointer `interrupted_sp`: below it
/// if that is on the current thread's kernel stack (or the boot or idle stack), else below that stack's top.
/// 16-byte aligned. Context: catch stack, interrupts off; takes no lock, touches only resident memory.
extern "C" std::uintptr_t upcall_trap_stack(std::uintptr_t interrupted_sp, std::size_t size);

/// The calls below run on the kernel stack with interrupts off, and may switch threads. When they return the
/// port resumes `frame`, which they may have changed.
void upcall_fault(arch::TrapFrame& frame, const Fault& fault);
void upcall_timer(arch::TrapFrame& frame);
void upcall_ipi(arch::TrapFrame& frame);
void upcall_console_input(arch::TrapFrame& frame);
/// Any other device interrupt; `line` is the port's number for it.
void upcall_interrupt(arch::TrapFrame& frame, unsigned line);
/// After each of the interrupt upcalls, the port calls this: reschedules if wanted and delivers signals.
void upcall_trap_exit(arch::TrapFrame& frame);

// Services for arch::discover and arch::start_cpu. Context: boot or idle stack, memory is up, interrupts off
// or on.

/// Maps the pages around `size` bytes at `at` into the device window, read-write (MemoryType::normal:
/// read-only, for firmware tables); returns the address of the byte at `at`. Never unmapped.
Result<VirtAddr> map_device(PhysAddr at, std::size_t size, MemoryType type);
/// A zeroed page, through the direct map, for the port's own per-CPU structures; never given back.
Result<VirtAddr> allocate_port_page();
/// The same, of 2^n pages, at a multiple of their size: what controllers read and write.
Result<VirtAddr> allocate_port_pages(unsigned pages);

}  // namespace nucleus
