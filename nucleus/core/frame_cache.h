// SPDX-License-Identifier: ISC
#pragma once

// FrameCache: single frames that are free, kept by one CPU so that most allocations and releases do not meet
// other CPUs in the allocator's lock. Its own lock is taken by others only when memory runs out and they want
// the frames back. The frames are marked FrameUse::cached, so the allocator does not join them with
// neighbours. Debug builds poison them, as the allocator does what it has.

#include "frame_poison.h"

#include <nucleus/frames.h>

#include <array>
#include <cstddef>
#include <span>

namespace nucleus {

class FrameCache {
 public:
  static constexpr std::size_t capacity = 64;
  /// How many go between it and the allocator at once.
  static constexpr std::size_t batch = capacity / 2;

  std::size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == capacity; }

  void put(Frame frame) {
    poison_frame(frame, 0);
    frames_[count_++] = frame;
  }
  Frame take() {
    const Frame frame = frames_[--count_];
    check_poison(frame, 0);
    return frame;
  }
  /// The `size` that were put first, for the allocator: the others are more likely to be in the CPU's caches.
  /// Valid until drop_oldest().
  std::span<const Frame> oldest(std::size_t size) const { return {frames_.data(), size}; }
  void drop_oldest(std::size_t size) {
    for (std::size_t i = size; i < count_; ++i) frames_[i - size] = frames_[i];
    count_ -= size;
  }

 private:
  std::array<Frame, capacity> frames_{};
  std::size_t count_ = 0;
};

}  // namespace nucleus
