// SPDX-License-Identifier: ISC
#pragma once

// What the program does with each signal, and sending signals to it. Signals of one number do not queue.

#include "signal_numbers.h"

#include <nucleus/locked.h>
#include <nucleus/result.h>
#include <nucleus/thread.h>

#include <cstdint>

namespace nucleus {

/// What rt_sigaction set.
struct SignalDisposition {
  static constexpr std::uint64_t by_default = 0;
  static constexpr std::uint64_t ignore = 1;
  static constexpr std::uint64_t flag_information = 0x4;
  static constexpr std::uint64_t flag_on_alternate_stack = 0x0800'0000;
  static constexpr std::uint64_t flag_restart = 0x1000'0000;
  static constexpr std::uint64_t flag_no_defer = 0x4000'0000;
  static constexpr std::uint64_t flag_reset = 0x8000'0000;

  std::uint64_t handler = by_default;
  std::uint64_t flags = 0;
  std::uint64_t mask = 0;  // blocked besides while the handler runs

  bool has_handler() const { return handler > ignore; }
  bool ignores(int signal) const {
    return handler == ignore || (handler == by_default && ignored_by_default(signal));
  }
};

SignalDisposition signal_disposition(int signal);
/// Returns the old one. A signal that is ignored from now on is no longer pending.
SignalDisposition set_signal_disposition(int signal, const SignalDisposition& disposition);

/// Why a signal was sent: si_code.
enum class SignalOrigin : std::int32_t { user = 0, kernel = 0x80, thread = -6 };

/// Makes `signal` pending for the whole program and wakes a thread that does not block it. Ignored signals
/// are dropped. Context: any but the catch stack; takes Rank::process, Rank::thread_list.
void send_signal_to_program(int signal, SignalOrigin origin = SignalOrigin::kernel);

/// The same for one thread. Errors: no_such_thread.
Result<> send_signal_to_thread(ThreadId id, int signal);

/// A signal taken off, ready to be delivered.
struct TakenSignal {
  int number = 0;  // 0: none
  SignalOrigin origin = SignalOrigin::kernel;
};
/// Takes the first waiting signal of `wanted` for the current thread.
TakenSignal take_waiting_signal(SignalState& state, std::uint64_t wanted);

}  // namespace nucleus
