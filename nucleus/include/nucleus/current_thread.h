// SPDX-License-Identifier: ISC
#pragma once

// Who runs. Kernel stacks are aligned, and the top word of each names its thread, so the stack pointer tells:
// one load, right in every context of the kernel stack, however often the thread moves between CPUs.

#include <nucleus/kernel_stack.h>

#include <cstdint>

namespace nucleus {
class Thread;

/// The running thread. Context: on a thread's kernel stack (not a catch stack, not the boot stack).
inline Thread& current_thread() {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return *kernel_stack_of(here).owner;
}

}  // namespace nucleus
