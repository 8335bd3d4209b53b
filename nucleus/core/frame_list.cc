// SPDX-License-Identifier: ISC

#include "frame_list.h"

#include <nucleus/frames.h>
#include <nucleus/panic.h>

#include <array>
#include <span>

namespace nucleus {

void FrameList::push(Frame block) {
  FrameInfo& info = *frame_info(block);
  NUCLEUS_CHECK(info.references == 1);
  info.references = first_;
  first_ = static_cast<std::uint32_t>(block.number);
}

std::size_t FrameList::release() {
  // In rounds, so that the frames' lock is never held for long.
  std::array<Frame, 64> round;
  std::size_t released = 0;
  while (!empty()) {
    std::size_t count = 0;
    for (; count < round.size() && !empty(); ++count) {
      round[count] = {first_};
      FrameInfo& info = *frame_info(round[count]);
      first_ = info.references;
      info.references = 1;
    }
    release_frames(std::span{round}.first(count));
    released += count;
  }
  return released;
}

}  // namespace nucleus
