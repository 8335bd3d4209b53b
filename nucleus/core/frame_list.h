// SPDX-License-Identifier: ISC
#pragma once

// FrameList: blocks of frames that wait to be released, as many as there are, without memory of its own: the
// links lie in the frames' records, in place of the one reference that each block must have.

#include <nucleus/address.h>

#include <cstddef>
#include <cstdint>

namespace nucleus {

class FrameList {
 public:
  FrameList() = default;
  FrameList(const FrameList&) = delete;
  FrameList& operator=(const FrameList&) = delete;

  bool empty() const { return first_ == end; }
  /// Takes over the only reference to the block.
  void push(Frame block);
  /// Releases all of them; returns how many blocks there were. Context: as release_frames.
  std::size_t release();

 private:
  static constexpr std::uint32_t end = ~std::uint32_t{0};
  std::uint32_t first_ = end;
};

}  // namespace nucleus
