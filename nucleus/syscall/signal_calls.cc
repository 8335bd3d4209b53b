// SPDX-License-Identifier: ISC

// Signals of the program to itself.  Spec: [posix "sigaction"], [linux/uapi "asm-generic/signal.h"]

#include "calls.h"
#include "signal_delivery.h"
#include "signal_frame.h"
#include "signal_table.h"
#include "time_values.h"

#include <syscall/abi/common.h>

#include <nucleus/thread.h>

#include <arch/linux_abi.h>

namespace nucleus::call {
namespace {

constexpr std::uint64_t mask_size = sizeof(std::uint64_t);

Result<std::uint64_t> load_mask(VirtAddr at, std::uint64_t size) {
  if (size != mask_size) return Error::invalid_argument;
  return load_from_program<std::uint64_t>(at);
}

arch::linux_abi::SignalAction action_of(const SignalDisposition& disposition) {
  arch::linux_abi::SignalAction action{};
  action.handler = disposition.handler;
  action.flags = disposition.flags;
  action.mask = disposition.mask;
  return action;
}

}  // namespace

Result<long> set_signal_action(const Arguments& arguments) {
  const int signal = arguments.integer(0);
  if (!is_signal(signal) || arguments.size(3) != mask_size) return Error::invalid_argument;
  SignalDisposition old = signal_disposition(signal);
  if (!arguments.is_null(1)) {
    if (signal_bit(signal) & unblockable_signals) return Error::invalid_argument;
    const auto action = TRY(load_from_program<arch::linux_abi::SignalAction>(arguments.address(1)));
    old = set_signal_disposition(signal, {action.handler, action.flags, action.mask & ~unblockable_signals});
  }
  TRY(store_if_wanted(arguments.address(2), action_of(old)));
  return 0L;
}

Result<long> set_signal_mask(const Arguments& arguments) {
  enum How : int { block = 0, unblock = 1, set = 2 };
  const std::uint64_t old = current_thread().signals.blocked;
  if (arguments.size(3) != mask_size) return Error::invalid_argument;
  if (!arguments.is_null(1)) {
    const std::uint64_t mask = TRY(load_mask(arguments.address(1), mask_size));
    switch (arguments.integer(0)) {
      case block:
        set_blocked_signals(old | mask);
        break;
      case unblock:
        set_blocked_signals(old & ~mask);
        break;
      case set:
        set_blocked_signals(mask);
        break;
      default:
        return Error::invalid_argument;
    }
  }
  TRY(store_if_wanted(arguments.address(2), old));
  return 0L;
}

Result<long> get_pending_signals(const Arguments& arguments) {
  if (arguments.size(1) > mask_size) return Error::invalid_argument;
  const SignalState& state = current_thread().signals;
  TRY(store_to_program(arguments.address(0), state.waiting() & state.blocked));
  return 0L;
}

namespace {

/// Sleeps until a signal comes.
Error wait_for_any_signal() {
  while (!signal_waits_for_current_thread()) park(Deadline::never());
  return Error::interrupted;
}

}  // namespace

Result<long> wait_with_signal_mask(const Arguments& arguments) {
  const std::uint64_t mask = TRY(load_mask(arguments.address(0), arguments.size(1)));
  set_blocked_signals_for_this_call(mask);
  return wait_for_any_signal();
}

Result<long> wait_for_signal(const Arguments&) {
  return wait_for_any_signal();
}

Result<long> take_signal(const Arguments& arguments) {
  const std::uint64_t wanted = TRY(load_mask(arguments.address(0), arguments.size(3))) & ~unblockable_signals;
  Deadline deadline = Deadline::never();
  if (!arguments.is_null(2)) deadline = Deadline::after(TRY(load_time(arguments.address(2))));

  SignalState& state = current_thread().signals;
  state.waited_for = wanted;
  TakenSignal taken = take_waiting_signal(state, wanted);
  while (taken.number == 0 && !deadline.passed() && !signal_waits_for_current_thread()) {
    park(deadline);
    taken = take_waiting_signal(state, wanted);
  }
  state.waited_for = 0;
  if (taken.number == 0) return signal_waits_for_current_thread() ? Error::interrupted : Error::would_block;
  abi::SignalInformation information{};
  information.signal = taken.number;
  information.code = static_cast<std::int32_t>(taken.origin);
  information.sender.process = 1;
  TRY(store_if_wanted(arguments.address(1), information));
  return long{taken.number};
}

Result<long> set_signal_stack(const Arguments& arguments) {
  constexpr std::uint32_t on_stack = 1;  // SS_ONSTACK
  constexpr std::uint32_t disabled = 2;  // SS_DISABLE
  constexpr std::uint64_t min_size = 2048;
  SignalState& state = current_thread().signals;
  abi::SignalStack old{};
  old.base = state.alternate_stack;
  old.flags = state.alternate_stack_flags;
  old.size = state.alternate_stack_size;
  if (!arguments.is_null(0)) {
    const auto wanted = TRY(load_from_program<abi::SignalStack>(arguments.address(0)));
    if (wanted.flags & ~(on_stack | disabled)) return Error::invalid_argument;
    if (wanted.flags & disabled) {
      state.alternate_stack = state.alternate_stack_size = 0;
      state.alternate_stack_flags = disabled;
    } else {
      if (wanted.size < min_size) return Error::out_of_memory;
      state.alternate_stack = wanted.base;
      state.alternate_stack_size = wanted.size;
      state.alternate_stack_flags = 0;
    }
  }
  TRY(store_if_wanted(arguments.address(1), old));
  return 0L;
}

// Sending. There is one process, number 1, which is also its own group.

namespace {

constexpr int own_process = 1;

bool names_this_process(int process) {
  return process == own_process || process == 0 || process == -1 || process == -own_process;
}

}  // namespace

Result<long> signal_process(const Arguments& arguments) {
  const int signal = arguments.integer(1);
  if (!names_this_process(arguments.integer(0))) return Error::no_such_thread;
  if (signal == 0) return 0L;
  if (!is_signal(signal)) return Error::invalid_argument;
  send_signal_to_program(signal, SignalOrigin::user);
  return 0L;
}

namespace {

Result<long> signal_one_thread(int id, int signal) {
  if (signal == 0) {
    if (!Thread::with(id, [](Thread&) {})) return Error::no_such_thread;
    return 0L;
  }
  if (!is_signal(signal)) return Error::invalid_argument;
  TRY(send_signal_to_thread(id, signal));
  return 0L;
}

}  // namespace

Result<long> signal_thread(const Arguments& arguments) {
  return signal_one_thread(arguments.integer(0), arguments.integer(1));
}

Result<long> signal_thread_of_group(const Arguments& arguments) {
  if (arguments.integer(0) != own_process) return Error::no_such_thread;
  return signal_one_thread(arguments.integer(1), arguments.integer(2));
}

}  // namespace nucleus::call
