// SPDX-License-Identifier: ISC

// Broken invariants, and faults of the nucleus itself.

#include "panic_text.h"
#include "panic_trace.h"
#include "source_panic.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/panic.h>
#include <nucleus/program_hooks.h>

#include <arch/trap.h>

#include <string_view>

namespace nucleus {

namespace {

/// A source file without the folders that its checkout lies in.
std::string_view file_in_project(std::string_view file) {
  const std::size_t at = file.rfind("/nucleus/");
  return at == file.npos ? file : file.substr(at + 1);
}

void begin_or_give_up(const char* message) {
  if (!begin_panic()) {
    panic_line("panic in a panic: {}", message);
    end_panic();
  }
  panic_line("panic: {}", message);
}

[[noreturn]] void trace_and_end(const void* frame_pointer) {
  print_thread();
  print_own_backtrace(reinterpret_cast<std::uint64_t>(frame_pointer));
  end_panic();
}

}  // namespace

[[noreturn]] void panic(const char* message, std::source_location at) {
  begin_or_give_up(message);
  panic_line("  at {}:{}, {}", file_in_project(at.file_name()), at.line(), at.function_name());
  trace_and_end(__builtin_frame_address(0));
}

[[noreturn]] void panic_at(const char* message, const SourcePlace& place) {
  begin_or_give_up(message);
  panic_line("  at {}:{}:{}", file_in_project(place.file), place.line, place.column);
  trace_and_end(__builtin_frame_address(0));
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
