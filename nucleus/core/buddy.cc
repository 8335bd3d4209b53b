// SPDX-License-Identifier: ISC

#include "buddy.h"

#include "frame_poison.h"

#include <nucleus/panic.h>

#include <atomic>
#include <new>

namespace nucleus {

namespace {

constexpr std::size_t frames_of(unsigned order) {
  return std::size_t{1} << order;
}

}  // namespace

void Buddy::add_region(Frame first, std::size_t count, FrameInfo* infos) {
  NUCLEUS_CHECK(region_count_ < max_regions);
  regions_[region_count_++] = {.first = first, .count = count, .infos = infos};
}

void Buddy::add_free(Frame first, std::size_t count) {
  total_ += count;
  std::uint64_t next = first.number;
  const std::uint64_t end = next + count;
  while (next < end) {
    unsigned order = 0;
    while (order < max_frame_order && is_aligned(next, frames_of(order + 1)) &&
           next + frames_of(order + 1) <= end)
      ++order;
    free_block({next}, order);
    next += frames_of(order);
  }
}

Result<Frame> Buddy::allocate(unsigned order, FrameUse use) {
  unsigned found = order;
  while (found <= max_frame_order && free_lists_[found].empty()) ++found;
  if (found > max_frame_order) return Error::out_of_memory;
  const Frame frame =
      Frame::containing(PhysAddr{VirtAddr::of(free_lists_[found].front()) - layout::direct_map});
  remove(frame, found);
  // The lower half is taken, the upper halves go back.
  while (found > order) {
    --found;
    insert({frame.number + frames_of(found)}, found);
  }
  if constexpr (frames_are_poisoned) check_block(frame, order);
  head(frame) = {.references = 1, .use = use, .order = static_cast<std::uint8_t>(order)};
  return frame;
}

void Buddy::reference(Frame frame) {
  FrameInfo& info = head(frame);
  NUCLEUS_CHECK(info.references > 0);
  ++info.references;
}

bool Buddy::release(Frame frame) {
  FrameInfo& info = head(frame);
  NUCLEUS_CHECK(info.references > 0);
  // Atomic, because the other owner may be looking whether it is the last (frames.cc).
  if (std::atomic_ref{info.references}.fetch_sub(1, std::memory_order_acq_rel) > 1) return false;
  const unsigned order = info.order;
  info = {};
  if constexpr (frames_are_poisoned) poison_block(frame, order);
  free_block(frame, order);
  return true;
}

// A frame that has never been given out is not poisoned, so that boot does not touch all memory. A poisoned
// one says so in its record, whatever blocks it becomes a part of.
void Buddy::poison_block(Frame frame, unsigned order) {
  for (std::size_t i = 0; i < frames_of(order); ++i) {
    const Frame one{frame.number + i};
    poison_frame(one, sizeof(FreeBlock));
    head(one).extra = poisoned;
  }
}

void Buddy::check_block(Frame frame, unsigned order) {
  for (std::size_t i = 0; i < frames_of(order); ++i) {
    const Frame one{frame.number + i};
    if (head(one).extra == poisoned) check_poison(one, sizeof(FreeBlock));
    head(one).extra = 0;
  }
}

void Buddy::split(Frame frame) {
  FrameInfo& first = head(frame);
  NUCLEUS_CHECK(first.references == 1);
  const std::size_t count = frames_of(first.order);
  first.order = 0;
  for (std::size_t i = 1; i < count; ++i) head({frame.number + i}) = first;
}

FrameInfo* Buddy::info(Frame frame) {
  for (unsigned i = 0; i < region_count_; ++i) {
    const std::uint64_t offset = frame.number - regions_[i].first.number;
    if (offset < regions_[i].count) return &regions_[i].infos[offset];
  }
  return nullptr;
}

FrameInfo& Buddy::head(Frame frame) {
  FrameInfo* found = info(frame);
  NUCLEUS_CHECK(found != nullptr);
  return *found;
}

void Buddy::insert(Frame frame, unsigned order) {
  FrameInfo& info = head(frame);
  info = {.use = FrameUse::free, .order = static_cast<std::uint8_t>(order), .extra = info.extra};
  free_lists_[order].push_front(*new (frame_memory(frame)) FreeBlock);
  free_ += frames_of(order);
}

void Buddy::remove(Frame frame, unsigned order) {
  free_lists_[order].remove(*static_cast<FreeBlock*>(frame_memory(frame)));
  FrameInfo& info = head(frame);
  info = {.extra = info.extra};
  free_ -= frames_of(order);
}

void Buddy::free_block(Frame frame, unsigned order) {
  while (order < max_frame_order) {
    const Frame buddy{frame.number ^ frames_of(order)};
    FrameInfo* other = info(buddy);
    if (!other || std::atomic_ref{other->use}.load(std::memory_order_relaxed) != FrameUse::free ||
        other->order != order)
      break;
    remove(buddy, order);
    frame.number &= ~static_cast<std::uint64_t>(frames_of(order));
    ++order;
  }
  insert(frame, order);
}

}  // namespace nucleus
