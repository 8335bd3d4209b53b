// SPDX-License-Identifier: ISC
#pragma once

// What a thread carries for the signal code (nucleus/syscall). Signal n is bit n-1, as in the system calls.

#include <atomic>
#include <cstdint>

namespace nucleus {

struct SignalState {
  std::atomic<std::uint64_t> blocked{0};
  std::atomic<std::uint64_t> pending{0};  // sent to this thread
  std::uintptr_t alternate_stack = 0;     // sigaltstack
  std::uint64_t alternate_stack_size = 0;
  std::uint32_t alternate_stack_flags = 2;  // SS_DISABLE

  /// A signal waits to be taken that is not blocked.
  bool deliverable() const {
    return (pending.load(std::memory_order_acquire) & ~blocked.load(std::memory_order_relaxed)) != 0;
  }
};

}  // namespace nucleus
