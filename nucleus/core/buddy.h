// SPDX-License-Identifier: ISC
#pragma once

// Buddy: the frame allocator proper. Memory is a few regions, each with an array of FrameInfo; free blocks of
// 2^order frames are on one list per order, whose links lie in the free memory itself. A block and its buddy
// are two halves of an aligned block of the next order; when both are free they become that.

#include <nucleus/frames.h>
#include <nucleus/intrusive_list.h>
#include <nucleus/memory_layout.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace nucleus {

class Buddy {
 public:
  static constexpr unsigned max_regions = 16;

  /// Makes [first, first + count) known, all in use. `infos` has `count` zeroed records.
  void add_region(Frame first, std::size_t count, FrameInfo* infos);
  /// Frees [first, first + count), which lies in one region, is in use, and is directly mapped.
  void add_free(Frame first, std::size_t count);

  Result<Frame> allocate(unsigned order, FrameUse use);
  void reference(Frame frame);
  /// True if that was the last reference.
  bool release(Frame frame);
  void split(Frame frame);

  FrameInfo* info(Frame frame);
  std::size_t total() const { return total_; }
  std::size_t free() const { return free_; }

 private:
  struct Region {
    Frame first{};
    std::size_t count = 0;
    FrameInfo* infos = nullptr;
  };
  struct FreeBlock {
    ListLink<FreeBlock> link;
  };
  using FreeList = IntrusiveList<FreeBlock, &FreeBlock::link>;

  // What FrameInfo::extra is of a free frame; 0 of one that is not poisoned.
  static constexpr std::uint16_t poisoned = 1;

  void poison_block(Frame frame, unsigned order);
  void check_block(Frame frame, unsigned order);
  void insert(Frame frame, unsigned order);
  void remove(Frame frame, unsigned order);
  /// Inserts after joining with free buddies.
  void free_block(Frame frame, unsigned order);
  FrameInfo& head(Frame frame);

  std::array<Region, max_regions> regions_{};
  unsigned region_count_ = 0;
  std::array<FreeList, max_frame_order + 1> free_lists_{};
  std::size_t total_ = 0;
  std::size_t free_ = 0;
};

}  // namespace nucleus
