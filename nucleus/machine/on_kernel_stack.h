// SPDX-License-Identifier: ISC
#pragma once

// The functions of nucleus.h are called on the program's stack, which is paged in on demand. What takes locks
// runs on the calling thread's kernel stack, as system calls do.

#include <nucleus/cpu.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/interrupts.h>

#include <cstddef>
#include <type_traits>

namespace nucleus {

/// The top of the running thread's kernel stack. Context: program code, on the program's stack.
std::byte* kernel_stack_of_caller();

/// Brings in what the next frames of the program's stack will lie on, so that no page is missing while
/// interrupts are off. Context: as above.
void touch_program_stack();

/// Calls function() there. It may block, and touch the program's memory. Context: as above.
template <typename Function>
void on_kernel_stack(Function&& function) {
  const auto call = [](void* f) { (*static_cast<std::remove_reference_t<Function>*>(f))(); };
  arch::call_on_stack(kernel_stack_of_caller(), call, &function);
}

/// Calls call.perform() there, on call.cpu, with interrupts off, which it turns on before it returns: once
/// for both, the way to the stack and what is to be done on this CPU. Context: as above.
template <typename Call>
void on_kernel_stack_of_cpu(Call& call) {
  touch_program_stack();
  arch::disable_interrupts();
  call.cpu = arch::this_cpu();
  const auto perform = [](void* c) { static_cast<Call*>(c)->perform(); };
  arch::call_on_stack(reinterpret_cast<std::byte*>(call.cpu->kernel_stack_top), perform, &call);
}

}  // namespace nucleus
