// SPDX-License-Identifier: ISC

#include "on_kernel_stack.h"

#include <nucleus/cpu.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>

namespace nucleus {
namespace {

/// With interrupts off the thread cannot move to another CPU between finding the record and reading it. The
/// stack itself is the thread's own, wherever that runs.
[[gnu::noinline]] std::byte* stack_top_of_this_cpu() {
  const arch::InterruptState state = arch::save_and_disable_interrupts();
  const std::uintptr_t top = arch::this_cpu()->kernel_stack_top;
  arch::restore_interrupts(state);
  return reinterpret_cast<std::byte*>(top);
}

}  // namespace

[[gnu::noinline]] void touch_program_stack() {
  volatile char frame[1024];
  frame[0] = 0;
  frame[sizeof frame - 1] = 0;
}

std::byte* kernel_stack_of_caller() {
  touch_program_stack();
  return stack_top_of_this_cpu();
}

}  // namespace nucleus
