// SPDX-License-Identifier: ISC

// The stacks of threads that ended are kept for the next ones, up to a number, so that a program that makes
// threads all the time maps nothing.

#include "kernel_pages.h"

#include <nucleus/kernel_stack.h>
#include <nucleus/locked.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace nucleus {

namespace {

constexpr unsigned stack_order = 2;
constexpr std::size_t stack_pages = std::size_t{1} << stack_order;
static_assert(stack_pages * page_size == kernel_stack_size);

constexpr unsigned max_spare = 64;

struct KernelStacks {
  std::array<std::uint64_t, max_kernel_stacks / 64> used{};
  std::array<std::uintptr_t, max_spare> spare{};  // tops
  unsigned spare_count = 0;

  /// Marks a free slot used and returns its number. Errors: too_many.
  Result<std::size_t> take_slot() {
    for (std::size_t word = 0; word < used.size(); ++word) {
      if (used[word] == ~std::uint64_t{0}) continue;
      const unsigned bit = std::countr_one(used[word]);
      used[word] |= std::uint64_t{1} << bit;
      return word * 64 + bit;
    }
    return Error::too_many;
  }
  void give_slot(std::size_t slot) { used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64)); }
};

constinit Locked<KernelStacks, Rank::kernel_stacks> the_stacks;

/// A small machine keeps few.
unsigned spare_wanted() {
  const std::size_t share = frame_counters().total / (64 * stack_pages);
  return static_cast<unsigned>(std::min<std::size_t>(share, max_spare));
}

VirtAddr slot_start(std::size_t slot) {
  return layout::stack_window.start + slot * kernel_stack_slot_size;
}
std::size_t slot_of(std::uintptr_t top) {
  return (VirtAddr{top} - layout::stack_window.start) / kernel_stack_slot_size;
}

/// Puts a stack into an empty slot; returns its top.
Result<std::uintptr_t> make_stack(std::size_t slot) {
  const VirtAddr bottom = slot_start(slot) + (kernel_stack_slot_size - kernel_stack_size);
  const Frame block = TRY(allocate_kernel_frames(stack_order, FrameUse::kernel, Zeroed::no));
  if (auto mapped = map_kernel_block(bottom, block, stack_pages); !mapped) {
    free_kernel_frames(block);
    return mapped.error();
  }
  return (bottom + kernel_stack_size - sizeof(KernelStackHead)).value;
}

#ifdef NUCLEUS_DEBUG
// Below the stack is its guard; these last words tell that it was nearly hit.
constexpr std::size_t floor_words = 16;
constexpr std::uint64_t floor_word = 0xf100'4f10'04f1'004f;

std::span<std::uint64_t> floor_of(std::uintptr_t top) {
  return {reinterpret_cast<std::uint64_t*>(align_down(top, kernel_stack_size)), floor_words};
}

void mark_floor(std::uintptr_t top) {
  std::ranges::fill(floor_of(top), floor_word);
}
#else
void mark_floor(std::uintptr_t) {}
#endif

}  // namespace

#ifdef NUCLEUS_DEBUG
bool kernel_stack_is_whole(std::uintptr_t top, const Thread& owner) {
  return reinterpret_cast<const KernelStackHead*>(top)->owner == &owner &&
         std::ranges::all_of(floor_of(top), [](std::uint64_t word) { return word == floor_word; });
}
#endif

Result<std::uintptr_t> allocate_kernel_stack(Thread& owner) {
  std::uintptr_t top = the_stacks.with([](KernelStacks& stacks) -> std::uintptr_t {
    return stacks.spare_count ? stacks.spare[--stacks.spare_count] : 0;
  });
  if (top == 0) {
    const std::size_t slot = TRY(the_stacks.with([](KernelStacks& stacks) { return stacks.take_slot(); }));
    Result<std::uintptr_t> made = make_stack(slot);
    if (!made) {
      the_stacks.with([&](KernelStacks& stacks) { stacks.give_slot(slot); });
      return made;
    }
    top = made.value();
  }
  *reinterpret_cast<KernelStackHead*>(top) = {.owner = &owner};
  mark_floor(top);
  return top;
}

void free_kernel_stack(std::uintptr_t top) {
  const unsigned wanted = spare_wanted();
  const bool kept = the_stacks.with([&](KernelStacks& stacks) {
    if (stacks.spare_count >= wanted) return false;
    stacks.spare[stacks.spare_count++] = top;
    return true;
  });
  if (kept) return;
  const VirtAddr bottom{align_down(top, kernel_stack_size)};
  free_kernel_frames(unmap_kernel_block(bottom, stack_pages));
  the_stacks.with([&](KernelStacks& stacks) { stacks.give_slot(slot_of(top)); });
}

}  // namespace nucleus
