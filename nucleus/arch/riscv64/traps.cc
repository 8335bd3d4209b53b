// SPDX-License-Identifier: ISC

// From the trap entry (traps.S) to the core's upcalls.

#include <arch/cpu.h>
#include <arch/interrupts.h>
#include <arch/trap.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/panic.h>
#include <nucleus/program_hooks.h>

#include "cause.h"
#include "machine.h"
#include "port_cpu.h"
#include "registers.h"

using nucleus::Fault;
using nucleus::FaultKind;

namespace arch::riscv64 {
namespace {

constexpr std::size_t panic_stack_size = 16 * 1024;
alignas(16) constinit std::byte panic_stack[panic_stack_size] = {};

bool on_catch_stack(std::uintptr_t sp) {
  const auto top = reinterpret_cast<std::uintptr_t>(port_cpu().catch_stack_top);
  return sp <= top && sp > top - catch_stack_size;
}

/// A fault in the guard below a stack: the stack is unusable.
bool overflowed_kernel_stack() {
  return has_fault_address(read_cause()) && nucleus::in_stack_guard({read_trap_value()});
}

Fault decode_fault() {
  const std::uint64_t cause = read_cause();
  Fault fault{.kind = fault_kind(cause), .raw_code = cause};
  if (has_fault_address(cause)) fault.address = {read_trap_value()};
  return fault;
}

extern "C" const std::uintptr_t arch_restartable[];

/// The libc's entries find the kernel stack through the per-CPU record in three instructions, which must not
/// be spread over two CPUs: back to the first of them (program_entry.S).
void restart_sequence(TrapFrame& frame) {
  for (const std::uintptr_t* first = arch_restartable; *first != 0; ++first) {
    if (frame.pc == *first + 4 || frame.pc == *first + 8) frame.pc = *first;
  }
}

/// What publish_page_table() leaves undone: if a page faults twice in a row, this CPU may have cached that it
/// was absent. A CPU that did not loses nothing but the entry.
void forget_absent_entry(const Fault& fault) {
  PortCpu& self = port_cpu();
  if (fault.address.value == self.last_fault_address)
    asm volatile("sfence.vma %0" : : "r"(fault.address.value) : "memory");
  self.last_fault_address = fault.address.value;
}

}  // namespace

extern "C" {

void (*arch_from_user)() = nullptr;  // for traps.S; user mode sets it

[[noreturn]] void arch_leave_catch_stack(std::byte* stack_top, TrapFrame* frame);

/// Context: catch stack, interrupts off. Returns where the frame now is.
TrapFrame* arch_place_trap_frame(TrapFrame* caught) {
  if (on_catch_stack(caught->sp) || overflowed_kernel_stack()) [[unlikely]]
    arch_leave_catch_stack(panic_stack + panic_stack_size, caught);
  restart_sequence(*caught);
  auto* frame = reinterpret_cast<TrapFrame*>(nucleus::upcall_trap_stack(caught->sp, sizeof(TrapFrame)));
  *frame = *caught;
  return frame;
}

/// Context: kernel stack, interrupts off.
void arch_handle_trap(TrapFrame& frame) {
  NUCLEUS_ASSERT(port_cpu().catch_stack[0] == std::byte{0});  // it is zero until it is too small
  const std::uint64_t cause = read_cause();
  if (is_interrupt(cause)) {
    handle_interrupt(frame, cause);
    nucleus::upcall_trap_exit(frame);
  } else {
    const Fault fault = decode_fault();
    if (has_fault_address(cause)) forget_absent_entry(fault);
    nucleus::upcall_fault(frame, fault);
  }
  disable_interrupts();
}

/// Context: the panic stack, for good.
[[noreturn]] void arch_report_fatal_trap(TrapFrame* frame) {
  Fault fault = decode_fault();
  if (overflowed_kernel_stack()) fault.kind = FaultKind::stack_overflow;
  nucleus::nucleus_fault(*frame, fault);
}

}  // extern "C"
}  // namespace arch::riscv64
