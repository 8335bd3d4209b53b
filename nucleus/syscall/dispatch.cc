// SPDX-License-Identifier: ISC

// From a call of the libc to its handler, and back.

#include "call_counters.h"
#include "call_table.h"
#include "errno.h"

#include <nucleus/entry.h>
#include <nucleus/thread.h>

#include <arch/interrupts.h>

namespace nucleus {
namespace {

constexpr long interrupted_call = -errno_of(Error::interrupted);

/// What the signal code needs to begin the call again.
void remember(SignalState& state, long number, const Arguments& arguments) {
  InterruptedCall& call = state.interrupted_call;
  call.valid = true;
  call.number = number;
  for (unsigned i = 0; i < 6; i++) call.arguments[i] = arguments.words[i];
}

long perform(const Call& call, const Arguments& arguments) {
  auto result = call.handler(arguments);
  return result.ok() ? result.value() : -errno_of(result.error());
}

}  // namespace
}  // namespace nucleus

SyscallResult nucleus_enter_syscall(long number, long a, long b, long c, long d, long e, long f) {
  using namespace nucleus;
  const Call* call = find_call(number);
  if (!call) [[unlikely]] {
    count_unknown_call(number);
    return {-errno_of(Error::not_implemented), 0};
  }
  const Arguments arguments{{a, b, c, d, e, f}};
  const long value = perform(*call, arguments);
  SignalState& state = current_thread().signals;
  if (value == interrupted_call && call->interrupted == Interrupted::restarts) [[unlikely]] {
    remember(state, number, arguments);
    return {value, 1};
  }
  // Interrupts stay off until the stub stands on the program's stack: a signal that comes before this look is
  // seen by it, and one that comes after finds program code.
  arch::disable_interrupts();
  return {value, state.deliverable() || state.has_mask_to_restore};
}
