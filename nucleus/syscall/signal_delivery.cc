// SPDX-License-Identifier: ISC

#include "signal_delivery.h"

#include "program_end.h"
#include "signal_frame.h"
#include "signal_table.h"

#include <panic/program_crash.h>

#include <nucleus/entry.h>
#include <nucleus/program_hooks.h>
#include <nucleus/thread.h>

#include <arch/interrupts.h>
#include <arch/trap.h>

namespace nucleus {
namespace {

/// The mask that a handler's return restores: that from before the call, if the call had its own.
std::uint64_t mask_after(SignalState& state) {
  if (!state.has_mask_to_restore) return state.blocked;
  state.has_mask_to_restore = false;
  return state.mask_to_restore;
}

/// Makes `frame` enter the handler, with its signals blocked.
Result<> enter_handler(arch::TrapFrame& frame, SignalState& state, SignalDelivery& delivery,
                       FloatingPoint floating_point) {
  delivery.mask_after = mask_after(state);
  TRY(build_signal_frame(frame, state, delivery, floating_point));
  std::uint64_t mask = state.blocked | delivery.disposition.mask;
  if ((delivery.disposition.flags & SignalDisposition::flag_no_defer) == 0)
    mask |= signal_bit(delivery.signal);
  set_blocked_signals(mask);
  if (delivery.disposition.flags & SignalDisposition::flag_reset) {
    set_signal_disposition(delivery.signal, {});
  }
  return {};
}

/// Changes `frame`, the return of an interrupted call, into the beginning of that call.
void begin_again(arch::TrapFrame& frame, const InterruptedCall& call) {
  frame.set_return_address(frame.instruction_pointer());
  frame.set_instruction_pointer(reinterpret_cast<std::uintptr_t>(&nucleus_syscall));
  frame.set_argument(0, static_cast<std::uintptr_t>(call.number));
  for (unsigned i = 0; i < 6; i++) {
    // The seventh argument, where it is passed on the stack, is still there.
    if (i + 1 < arch::TrapFrame::argument_registers) {
      frame.set_argument(i + 1, static_cast<std::uintptr_t>(call.arguments[i]));
    }
  }
}

/// Delivers one waiting signal, if there is one. An interrupted call begins again unless a handler says
/// otherwise.
void deliver_one(arch::TrapFrame& frame, FloatingPoint floating_point) {
  SignalState& state = current_thread().signals;
  InterruptedCall call = state.interrupted_call;
  state.interrupted_call.valid = false;
  for (;;) {
    const TakenSignal taken = take_waiting_signal(state, ~state.blocked);
    SignalDelivery delivery;
    delivery.signal = taken.number;
    if (taken.number != 0) delivery.disposition = signal_disposition(taken.number);
    const bool has_handler = delivery.disposition.has_handler();
    if (taken.number != 0 && !has_handler && !delivery.disposition.ignores(taken.number)) {
      end_program(taken.number, ExitReason::signal);
    }
    if (call.valid && (taken.number == 0 || (has_handler && (delivery.disposition.flags &
                                                             SignalDisposition::flag_restart) != 0))) {
      begin_again(frame, call);
    }
    if (taken.number == 0) break;
    if (!has_handler) continue;
    delivery.information.signal = taken.number;
    delivery.information.code = static_cast<std::int32_t>(taken.origin);
    delivery.information.sender.process = taken.origin == SignalOrigin::kernel ? 0 : 1;
    if (!enter_handler(frame, state, delivery, floating_point).ok()) {
      crash_program(frame, {.signal = taken.number, .what = "no room on the stack for a signal handler"});
    }
    return;
  }
  if (state.has_mask_to_restore) restore_blocked_signals();
}

}  // namespace

void set_blocked_signals(std::uint64_t mask) {
  current_thread().signals.blocked = mask & ~unblockable_signals;
}

void set_blocked_signals_for_this_call(std::uint64_t mask) {
  SignalState& state = current_thread().signals;
  state.mask_to_restore = state.blocked;
  state.has_mask_to_restore = true;
  set_blocked_signals(mask);
}

void restore_blocked_signals() {
  SignalState& state = current_thread().signals;
  if (!state.has_mask_to_restore) return;
  state.has_mask_to_restore = false;
  set_blocked_signals(state.mask_to_restore);
}

void deliver_signals_at_trap_exit(arch::TrapFrame& frame) {
  if (current_thread().signals.deliverable()) deliver_one(frame, FloatingPoint::live);
}

namespace {

struct FaultSignal {
  int signal;
  std::int32_t code;
};

FaultSignal signal_of(const Fault& fault, bool mapped) {
  using namespace signal_number;
  switch (fault.kind) {
    case FaultKind::read:
    case FaultKind::write:
    case FaultKind::execute:
      return {segment, mapped ? 2 : 1};  // SEGV_ACCERR, SEGV_MAPERR
    case FaultKind::illegal_instruction:
      return {illegal, 2};  // ILL_ILLOPN
    case FaultKind::divide:
      return {arithmetic, 1};  // FPE_INTDIV
    case FaultKind::floating_point:
      return {arithmetic, 7};  // FPE_FLTINV
    case FaultKind::alignment:
      return {bus, 1};  // BUS_ADRALN
    case FaultKind::breakpoint:
      return {trap, 1};  // TRAP_BRKPT
    case FaultKind::stack_overflow:
    case FaultKind::protection:
      break;
  }
  return {segment, 0x80};  // SI_KERNEL
}

}  // namespace

void program_fault(arch::TrapFrame& frame, const Fault& fault, bool mapped) {
  SignalState& state = current_thread().signals;
  const FaultSignal signal = signal_of(fault, mapped);
  SignalDelivery delivery;
  delivery.signal = signal.signal;
  delivery.disposition = signal_disposition(signal.signal);
  delivery.fault_address = fault.address.value;
  delivery.fault_code = fault.raw_code;
  delivery.information.signal = signal.signal;
  delivery.information.code = signal.code;
  delivery.information.address = fault.address.value;
  // A fault cannot wait: blocked or ignored, it ends the program as without a handler.
  const bool can_handle =
      delivery.disposition.has_handler() && (state.blocked & signal_bit(signal.signal)) == 0;
  if (can_handle && enter_handler(frame, state, delivery, FloatingPoint::live).ok()) return;
  crash_program(frame, {.signal = signal.signal, .fault = &fault, .mapped = mapped});
}

}  // namespace nucleus

[[noreturn]] void nucleus_finish_syscall(arch::TrapFrame* frame) {
  arch::disable_interrupts();
  nucleus::deliver_one(*frame, nucleus::FloatingPoint::dead);
  arch::resume(*frame);
}

[[noreturn]] void nucleus_enter_sigreturn(std::uintptr_t program_sp) {
  arch::TrapFrame frame = arch::TrapFrame::of_program();
  arch::disable_interrupts();
  auto mask = nucleus::restore_signal_frame(frame, program_sp);
  if (!mask.ok()) {
    frame.set_stack_pointer(program_sp);
    nucleus::crash_program(
        frame, {.signal = nucleus::signal_number::segment, .what = "a signal frame was overwritten"});
  }
  nucleus::set_blocked_signals(mask.value());
  // What the handler's mask held back comes now.
  nucleus::deliver_signals_at_trap_exit(frame);
  arch::resume(frame);
}
