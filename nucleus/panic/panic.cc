// SPDX-License-Identifier: ISC

// Broken invariants, and faults of the nucleus itself.

#include "panic_text.h"
#include "panic_trace.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/panic.h>
#include <nucleus/program_hooks.h>

#include <arch/trap.h>

namespace nucleus {

[[noreturn]] void panic(const char* message, std::source_location at) {
  if (!begin_panic()) {
    panic_line("panic in a panic: {}", message);
    end_panic();
  }
  panic_line("panic: {}", message);
  panic_line("  at {}:{}, {}", at.file_name(), at.line(), at.function_name());
  print_thread();
  print_own_backtrace(reinterpret_cast<std::uint64_t>(__builtin_frame_address(0)));
  end_panic();
}

namespace {

const char* describe(FaultKind kind) {
  switch (kind) {
    case FaultKind::read:
      return "a read of address";
    case FaultKind::write:
      return "a write to address";
    case FaultKind::execute:
      return "a jump to address";
    case FaultKind::illegal_instruction:
      return "an illegal instruction at";
    case FaultKind::divide:
      return "a division by zero at";
    case FaultKind::floating_point:
      return "a floating-point exception at";
    case FaultKind::alignment:
      return "a misaligned access to address";
    case FaultKind::breakpoint:
      return "a breakpoint at";
    case FaultKind::stack_overflow:
      return "an overflow of the kernel stack at";
    case FaultKind::protection:
      break;
  }
  return "a protection fault at";
}

}  // namespace

[[noreturn]] void nucleus_fault(const arch::TrapFrame& frame, const Fault& fault) {
  if (!begin_panic()) {
    panic_line("fault in a panic: {} {}, from {:x}", describe(fault.kind), fault.address,
               std::uint64_t{frame.instruction_pointer()});
    end_panic();
  }
  panic_line("panic: fault in the nucleus: {} {} (code {:x})", describe(fault.kind), fault.address,
             fault.raw_code);
  panic_place("  in ", frame.instruction_pointer(), false);
  print_thread();
  print_registers(frame);
  print_nucleus_backtrace(frame);
  end_panic();
}

}  // namespace nucleus
