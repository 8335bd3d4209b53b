// SPDX-License-Identifier: ISC

// From the exception vectors (traps.S) to the core's upcalls.

#include <arch/interrupts.h>
#include <arch/trap.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/panic.h>
#include <nucleus/program_hooks.h>

#include "interrupt_controller.h"
#include "port_cpu.h"
#include "registers.h"
#include "syndrome.h"

using nucleus::Fault;
using nucleus::FaultKind;

namespace arch::aarch64 {
namespace {

/// As traps.S numbers them.
enum class TrapKind : std::uint64_t { synchronous, irq, serror, on_catch_stack };

constexpr std::size_t panic_stack_size = 16 * 1024;
alignas(16) constinit std::byte panic_stack[panic_stack_size] = {};

/// A fault in the guard below a stack: the stack is unusable.
bool overflowed_kernel_stack(TrapKind kind) {
  return kind == TrapKind::synchronous && has_fault_address(read_esr()) &&
         nucleus::in_stack_guard({read_far()});
}

Fault decode_fault(std::uint64_t esr) {
  Fault fault{.kind = fault_kind(esr), .raw_code = esr};
  if (has_fault_address(esr)) fault.address = {read_far()};
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

}  // namespace

extern "C" {

void (*arch_from_user)() = nullptr;  // for traps.S; user mode sets it

[[noreturn]] void arch_leave_catch_stack(std::byte* stack_top, TrapFrame* frame, TrapKind kind);

/// Context: catch stack, interrupts off. Returns where the frame now is.
TrapFrame* arch_place_trap_frame(TrapFrame* caught, TrapKind kind) {
  if (kind == TrapKind::on_catch_stack || overflowed_kernel_stack(kind)) [[unlikely]]
    arch_leave_catch_stack(panic_stack + panic_stack_size, caught, kind);
  restart_sequence(*caught);
  auto* frame = reinterpret_cast<TrapFrame*>(nucleus::upcall_trap_stack(caught->sp, sizeof(TrapFrame)));
  *frame = *caught;
  return frame;
}

/// Context: kernel stack, interrupts off.
void arch_handle_trap(TrapFrame& frame, TrapKind kind) {
  NUCLEUS_ASSERT(port_cpu().catch_stack[0] == std::byte{0});  // it is zero until it is too small
  switch (kind) {
    case TrapKind::irq:
      handle_interrupts(frame);
      nucleus::upcall_trap_exit(frame);
      break;
    case TrapKind::synchronous: {
      const Fault fault = decode_fault(read_esr());
      nucleus::upcall_fault(frame, fault);
      break;
    }
    default:
      nucleus::upcall_fault(frame, {.kind = FaultKind::protection, .raw_code = read_esr()});
      break;
  }
  disable_interrupts();
}

/// Context: the panic stack, for good.
[[noreturn]] void arch_report_fatal_trap(TrapFrame* frame, TrapKind kind) {
  Fault fault = decode_fault(read_esr());
  if (kind == TrapKind::synchronous) fault.kind = FaultKind::stack_overflow;
  nucleus::nucleus_fault(*frame, fault);
}

}  // extern "C"
}  // namespace arch::aarch64
