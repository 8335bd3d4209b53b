// SPDX-License-Identifier: ISC
#pragma once

// Floating-point state by four routines in assembly (context.S): what ports with these declare alike.

namespace arch {

void fp_init(void* state);
void make_fp_sane(void* state);
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
/// What a call preserves; the rest of `state` is left alone.
inline void fp_save_callee(void* state) {
  arch_fp_save_callee(state);
}
inline void fp_restore_callee(const void* state) {
  arch_fp_restore_callee(state);
}

}  // namespace arch
