// SPDX-License-Identifier: ISC
#pragma once

// Kernel contexts, floating-point state and the libc's thread pointer on x86_64.

#include <cstddef>
#include <cstdint>

namespace arch {

/// A kernel thread that is not running: rbx, rbp, r12-r15 and the return address lie at `stack_pointer`.
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

inline constexpr std::size_t fp_state_alignment = 64;
std::size_t fp_state_size();
void fp_init(void* state);
void fp_save(void* state);
void fp_restore(void* state);
/// What a call preserves is the two control words only; the rest of `state` is left alone.
void fp_save_callee(void* state);
void fp_restore_callee(void* state);

std::uintptr_t thread_pointer();
void set_thread_pointer(std::uintptr_t value);

}  // namespace arch
