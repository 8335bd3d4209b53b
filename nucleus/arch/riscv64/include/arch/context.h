// SPDX-License-Identifier: ISC
#pragma once

// Kernel contexts, floating-point state and the libc's thread pointer on RISC-V.

#include <cstddef>
#include <cstdint>

namespace arch {

/// A kernel thread that is not running: ra and s0-s11 lie at `stack_pointer`.
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

/// f0-f31, then fcsr.
inline constexpr std::size_t fp_state_alignment = 8;
constexpr std::size_t fp_state_size() {
  return 32 * 8 + 8;
}
void fp_init(void* state);
extern "C" void arch_fp_save(void* state);
extern "C" void arch_fp_restore(const void* state);
extern "C" void arch_fp_save_callee(void* state);
extern "C" void arch_fp_restore_callee(const void* state);
inline void fp_save(void* state) {
  arch_fp_save(state);
}
inline void fp_restore(const void* state) {
  arch_fp_restore(state);
}
/// fs0-fs11 and fcsr; the rest of `state` is left alone.
inline void fp_save_callee(void* state) {
  arch_fp_save_callee(state);
}
inline void fp_restore_callee(const void* state) {
  arch_fp_restore_callee(state);
}

inline std::uintptr_t thread_pointer() {
  std::uintptr_t value;
  asm volatile("mv %0, tp" : "=r"(value));
  return value;
}
inline void set_thread_pointer(std::uintptr_t value) {
  asm volatile("mv tp, %0" : : "r"(value));
}

}  // namespace arch
