// SPDX-License-Identifier: ISC
#pragma once

// Physical memory. A buddy allocator over all usable frames, a small record per frame (with its reference
// count), and the commit account: memory that is promised (a writable mapping, a kernel object) is charged
// when it is promised, so that a page fault on it cannot fail for want of memory. Each CPU keeps a few single
// frames for itself.
//
// Context of all: any but a trap's catch stack; takes Rank::frame_cache and Rank::frames.

#include <nucleus/address.h>
#include <nucleus/memory_layout.h>
#include <nucleus/result.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {
struct BootInfo;

/// Blocks of up to 1 GiB. A free block is touched where it begins, which costs a virtual machine's host a
/// page of its own, so free memory shall be few blocks.
inline constexpr unsigned max_frame_order = 18;
inline constexpr unsigned large_page_order = 9;  // 2 MiB

enum class Zeroed : bool { no, yes };

/// What a block of frames is used for; lets the heap find its own, and shows in counters.
enum class FrameUse : std::uint8_t {
  none,  // not memory, reserved, or not the first frame of a block
  free,
  cached,  // free too, but kept by a CPU
  kernel,
  page_table,
  heap_slab,
  heap_block,
  program,
  file,  // a block of a file, which the program may have mapped
  dma,   // the program's, for devices
  process,
};

/// The record of a frame. Eight bytes, because a 4 MiB machine must keep most of its memory.
struct FrameInfo {
  std::uint32_t references =
      0;  // of an allocated block, in its first frame; a list link while it is being freed
  FrameUse use = FrameUse::none;
  std::uint8_t order = 0;   // of the block, in its first frame
  std::uint16_t extra = 0;  // the owner's (heap: size class; page table: entries in use; free: poisoned)
};
static_assert(sizeof(FrameInfo) == 8);

struct FrameCounters {
  std::size_t total = 0;  // frames under management
  std::size_t free = 0;
  std::size_t committed = 0;  // charged
  std::size_t limit = 0;      // of `committed`
};

/// Takes the memory that `boot` describes, less what it reserves, as far as the boot page tables map it. Adds
/// the frame records to what `boot` reserves. Called once.
void init_frames(BootInfo& boot);
/// Takes the rest, once the whole direct map is there.
void add_remaining_frames(const BootInfo& boot);

/// A block of 2^order frames, aligned to its size, with one reference. Does not charge: see commit().
/// Errors: out_of_memory.
Result<Frame> allocate_frames(unsigned order, FrameUse use, Zeroed zeroed);

/// Adds, or gives up, a reference to the block that starts at `frame`; the last one frees it.
void reference_frames(Frame frame);
void release_frames(Frame frame);
void release_frames(std::span<const Frame> frames);

/// Makes 2^order blocks of one frame out of one block with one reference, each with one reference and the
/// same use.
void split_frames(Frame frame);

/// The record of a frame under management; null if `frame` is outside of all memory.
FrameInfo* frame_info(Frame frame);

/// Charges `pages` to the commit account. Errors: out_of_memory (would pass the limit; nothing is charged).
Result<> commit(std::size_t pages);
/// Charges without asking: page tables, which the reserve behind the limit is for.
void commit_beyond_limit(std::size_t pages);
void uncommit(std::size_t pages);

FrameCounters frame_counters();

/// allocate_frames and commit in one, for the kernel's own blocks. Errors: out_of_memory.
Result<Frame> allocate_kernel_frames(unsigned order, FrameUse use, Zeroed zeroed);
/// Gives up a reference to such a block; the last one frees it and gives back its charge.
void free_kernel_frames(Frame frame);

/// Where the frame is in the direct map.
inline void* frame_memory(Frame frame) {
  return layout::direct(frame.address()).as();
}

}  // namespace nucleus
