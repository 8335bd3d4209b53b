// SPDX-License-Identifier: ISC
#pragma once

// Kernel contexts, floating-point state and the libc's thread pointer on x86_64.

#include <arch/stack_context.h>

#include <cstddef>
#include <cstdint>

namespace arch {

inline constexpr std::size_t fp_state_alignment = 64;
std::size_t fp_state_size();
void fp_init(void* state);
void make_fp_sane(void* state);
void fp_save(void* state);
void fp_restore(void* state);
/// What a call preserves is the two control words only; the rest of `state` is left alone.
void fp_save_callee(void* state);
void fp_restore_callee(void* state);

/// Whether there are instructions for it: else a register, which is slow. Set once, at boot.
extern bool has_base_instructions;
std::uintptr_t read_fs_base_register();
void write_fs_base_register(std::uintptr_t value);

inline std::uintptr_t thread_pointer() {
  if (!has_base_instructions) [[unlikely]]
    return read_fs_base_register();
  std::uintptr_t value;
  asm volatile("rdfsbase %0" : "=r"(value));
  return value;
}

inline void set_thread_pointer(std::uintptr_t value) {
  if (!has_base_instructions) [[unlikely]]
    return write_fs_base_register(value);
  asm volatile("wrfsbase %0" : : "r"(value));
}

}  // namespace arch
