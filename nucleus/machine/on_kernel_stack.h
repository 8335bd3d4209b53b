// SPDX-License-Identifier: ISC
#pragma once

// The functions of nucleus.h are called on the program's stack, which is paged in on demand. What takes locks
// runs on the calling thread's kernel stack, as system calls do.

#include <arch/context.h>

#include <cstddef>
#include <type_traits>

namespace nucleus {

/// The top of the running thread's kernel stack. Context: program code, on the program's stack.
std::byte* kernel_stack_of_caller();

/// Calls function() there. It may block, and touch the program's memory. Context: as above.
template <typename Function>
void on_kernel_stack(Function&& function) {
  const auto call = [](void* f) { (*static_cast<std::remove_reference_t<Function>*>(f))(); };
  arch::call_on_stack(kernel_stack_of_caller(), call, &function);
}

}  // namespace nucleus
