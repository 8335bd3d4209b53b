// SPDX-License-Identifier: ISC
#pragma once

// Contexts of the simulated machine: each is a host thread, of which one runs at a time. That keeps the
// sanitizers happy, which do not follow a change of stacks.

#include <cstddef>
#include <cstdint>

namespace arch {

class HostThread;

/// A context that is not running. A default-made one stands for the host thread that first switches away from
/// it.
struct Context {
  HostThread* thread = nullptr;
};

void make_context(Context& context, std::byte* stack_top, void (*entry)(void*), void* argument);
void switch_context(Context& from, Context& to);
[[noreturn]] void enter_program(std::uintptr_t pc, std::uintptr_t sp);
void call_on_stack(std::byte* stack_top, void (*function)(void*), void* argument);

std::size_t fp_state_size();
void fp_init(void* area);
inline void make_fp_sane(void*) {}
void fp_save(void* area);
void fp_restore(void* area);
void fp_save_callee(void* area);
void fp_restore_callee(void* area);

std::uintptr_t thread_pointer();
void set_thread_pointer(std::uintptr_t value);

}  // namespace arch
