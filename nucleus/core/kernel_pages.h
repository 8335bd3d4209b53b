// SPDX-License-Identifier: ISC
#pragma once

// Blocks of frames mapped read-write at places of the nucleus' choice (kernel stacks).

#include <nucleus/address.h>
#include <nucleus/frames.h>
#include <nucleus/result.h>

#include <cstddef>

namespace nucleus {

/// Maps the frames from `block` on. Errors: out_of_memory (nothing usable is mapped).
/// Context: no lock of rank kernel_mapping or inner held.
Result<> map_kernel_block(VirtAddr at, Frame block, std::size_t pages);

/// Unmaps on all CPUs and returns the block, which stays the caller's. Context: as flush_everywhere.
Frame unmap_kernel_block(VirtAddr at, std::size_t pages);

/// Gives an unused page-table frame back.
inline void release_table(Frame table) {
  release_frames(table);
  uncommit(1);
}

}  // namespace nucleus
