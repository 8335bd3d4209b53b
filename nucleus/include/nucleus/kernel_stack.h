// SPDX-License-Identifier: ISC
#pragma once

// Kernel stacks: slots of the stack window. The lower half of a slot is never mapped (the guard), the upper
// half is the stack, and its last bytes are a KernelStackHead.

#include <nucleus/address.h>
#include <nucleus/image.h>
#include <nucleus/memory_layout.h>
#include <nucleus/result.h>

#include <cstddef>
#include <cstdint>

namespace nucleus {
class Thread;

inline constexpr std::size_t kernel_stack_slot_size = 32 * 1024;
inline constexpr std::size_t kernel_stack_size = kernel_stack_slot_size / 2;

struct alignas(16) KernelStackHead {
  Thread* owner = nullptr;
};

/// The head of the stack that `sp` points into (at its top, when the stack is empty, counts too).
inline KernelStackHead& kernel_stack_of(std::uintptr_t sp) {
  const std::uintptr_t slot = align_down(sp, kernel_stack_slot_size);
  return *reinterpret_cast<KernelStackHead*>(slot + kernel_stack_slot_size - sizeof(KernelStackHead));
}

/// So many stacks at most: threads of one machine.
inline constexpr std::size_t max_kernel_stacks = 8192;

/// A kernel stack for `owner`; returns its empty stack pointer, the address of its head. Errors:
/// out_of_memory. Context: any with Rank::kernel_mapping allowed.
Result<std::uintptr_t> allocate_kernel_stack(Thread& owner);
/// `top` is what allocate_kernel_stack returned. The stack must not be in use.
void free_kernel_stack(std::uintptr_t top);

#ifdef NUCLEUS_DEBUG
/// False if somebody wrote over an end of the stack, or if it was nearly used up. `top` is what
/// allocate_kernel_stack returned for `owner`.
bool kernel_stack_is_whole(std::uintptr_t top, const Thread& owner);
#endif

/// True if `at` is in the guard of a slot, or of the boot stack: for ports, to tell an overflow from other
/// faults. Any context.
inline bool in_stack_guard(VirtAddr at) {
  const std::uint64_t beyond_boot_guard = at.value - VirtAddr::of(image_boot_stack_guard).value;
  return (layout::stack_window.contains(at) && (at.value & kernel_stack_size) == 0) ||
         beyond_boot_guard < page_size;
}

}  // namespace nucleus
