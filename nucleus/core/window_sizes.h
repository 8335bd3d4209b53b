// SPDX-License-Identifier: ISC
#pragma once

// How much of each window of the map is used. Where the page table's top level has small slots (1 GiB), every
// slot costs a frame at boot, so the program's part is sized after the machine's memory.

#include <nucleus/frames.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/memory_layout.h>

#include <algorithm>
#include <cstdint>

namespace nucleus {

inline constexpr std::uint64_t device_window_in_use = std::uint64_t{4} << 30;
inline constexpr std::uint64_t stack_window_in_use = max_kernel_stacks * kernel_stack_slot_size;
static_assert(stack_window_in_use <= layout::stack_window.size);

/// Reservations are far larger than memory: OCaml's start-up takes 256 MiB of addresses, Gc.set 1 GiB.
inline layout::Window program_window_in_use() {
  const std::uint64_t memory = frame_counters().total * page_size;
  const std::uint64_t wanted = align_up(16 * memory, std::uint64_t{1} << 30);
  return {.start = layout::program_window.start,
          .size = std::clamp(wanted, std::uint64_t{16} << 30, layout::program_window.size)};
}

}  // namespace nucleus
