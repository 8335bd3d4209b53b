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

std::uintptr_t thread_pointer();
void set_thread_pointer(std::uintptr_t value);

}  // namespace arch
