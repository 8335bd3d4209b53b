// SPDX-License-Identifier: ISC
#pragma once

// Kernel contexts of ports whose saved registers lie on the context's own stack: what they declare alike of
// <arch/context.h>.

#include <cstddef>
#include <cstdint>

namespace arch {

/// A kernel thread that is not running: what a call preserves lies at `stack_pointer`.
struct Context {
  std::uintptr_t stack_pointer = 0;
};

void make_context(Context& context, std::byte* stack_top, void (*entry)(void*), void* argument);
extern "C" void arch_switch_context(Context& from, Context& to);
inline void switch_context(Context& from, Context& to) {
  arch_switch_context(from, to);
}

extern "C" [[noreturn]] void arch_enter_program(std::uintptr_t pc, std::uintptr_t sp);
[[noreturn]] inline void enter_program(std::uintptr_t pc, std::uintptr_t sp) {
  arch_enter_program(pc, sp);
}

extern "C" void arch_call_on_stack(std::byte* stack_top, void (*function)(void*), void* argument);
inline void call_on_stack(std::byte* stack_top, void (*function)(void*), void* argument) {
  arch_call_on_stack(stack_top, function, argument);
}

}  // namespace arch
