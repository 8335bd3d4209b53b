// SPDX-License-Identifier: ISC
#pragma once

// What a thread carries for the signal code (nucleus/syscall). Signal n is bit n-1, as in the system calls.

#include <atomic>
#include <cstdint>

namespace nucleus {

/// Sent to the program as a whole: any thread that does not block it may take it.
inline std::atomic<std::uint64_t> signals_for_any_thread{0};

/// A call that a signal interrupted, to be begun again after the handler.
struct InterruptedCall {
  bool valid = false;
  long number = 0;
  long arguments[6] = {};
};

struct SignalState {
  std::atomic<std::uint64_t> blocked{0};
  std::atomic<std::uint64_t> pending{0};     // sent to this thread
  std::atomic<std::uint64_t> waited_for{0};  // rt_sigtimedwait: blocked, but to be woken for
  std::uint64_t mask_to_restore = 0;         // rt_sigsuspend, ppoll, pselect6: the mask before the call
  bool has_mask_to_restore = false;
  InterruptedCall interrupted_call;
  std::uintptr_t alternate_stack = 0;  // sigaltstack
  std::uint64_t alternate_stack_size = 0;
  std::uint32_t alternate_stack_flags = 2;  // SS_DISABLE

  /// A signal waits to be taken that is not blocked.
  bool deliverable() const { return (waiting() & ~blocked.load(std::memory_order_relaxed)) != 0; }
  std::uint64_t waiting() const {
    return pending.load(std::memory_order_acquire) | signals_for_any_thread.load(std::memory_order_acquire);
  }
};

}  // namespace nucleus
