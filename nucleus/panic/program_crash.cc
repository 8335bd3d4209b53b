// SPDX-License-Identifier: ISC

#include "program_crash.h"

#include "panic_text.h"
#include "panic_trace.h"

#include <syscall/signal_numbers.h>

#include <arch/trap.h>

namespace nucleus {
namespace {

/// What happened, as a clause: "wrote to address".
const char* describe(FaultKind kind) {
  switch (kind) {
    case FaultKind::read:
      return "read from address";
    case FaultKind::write:
      return "wrote to address";
    case FaultKind::execute:
      return "jumped to address";
    case FaultKind::alignment:
      return "made a misaligned access to address";
    case FaultKind::illegal_instruction:
      return "executed an illegal instruction";
    case FaultKind::divide:
      return "divided by zero in C";
    case FaultKind::floating_point:
      return "caused a floating-point exception";
    case FaultKind::breakpoint:
      return "hit a breakpoint";
    case FaultKind::stack_overflow:
    case FaultKind::protection:
      break;
  }
  return "caused a protection fault";
}

bool has_address(FaultKind kind) {
  return kind == FaultKind::read || kind == FaultKind::write || kind == FaultKind::execute ||
         kind == FaultKind::alignment;
}

/// A stack that is full is told by an access close to the stack pointer, where nothing may be accessed.
bool is_stack_overflow(const arch::TrapFrame& frame, const ProgramCrash& crash) {
  constexpr std::uint64_t close = 64 << 10;
  if (!crash.fault || !crash.mapped || !has_address(crash.fault->kind)) return false;
  const std::uint64_t distance = crash.fault->address.value - (frame.stack_pointer() - close);
  return distance < 2 * close;
}

void print_what(const arch::TrapFrame& frame, const ProgramCrash& crash) {
  const char* signal = signal_name(crash.signal);
  if (crash.what || !crash.fault) {
    panic_line("panic: the program crashed: {} ({})", crash.what ? crash.what : "fatal signal", signal);
    return;
  }
  const Fault& fault = *crash.fault;
  if (is_stack_overflow(frame, crash)) {
    panic_line("panic: the program has used up the C stack of its thread, at {} ({})", fault.address, signal);
    return;
  }
  if (!has_address(fault.kind)) {
    panic_line("panic: the program {} ({})", describe(fault.kind), signal);
    return;
  }
  constexpr std::uint64_t null_page = 4096;
  const char* why = crash.mapped                      ? "which does not allow it"
                    : fault.address.value < null_page ? "near NULL"
                                                      : "which is not mapped";
  panic_line("panic: the program {} {}, {} ({})", describe(fault.kind), fault.address, why, signal);
}

}  // namespace

[[noreturn]] void crash_program(const arch::TrapFrame& frame, const ProgramCrash& crash) {
  if (!begin_panic()) {
    panic_line("crash of the program in a panic, from {:x}", std::uint64_t{frame.instruction_pointer()});
    end_panic();
  }
  print_what(frame, crash);
  panic_place("  in ", frame.instruction_pointer(), false);
  print_thread();
  print_registers(frame);
  print_program_backtrace(frame);
  end_panic();
}

}  // namespace nucleus
