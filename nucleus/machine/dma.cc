// SPDX-License-Identifier: ISC

// Memory for devices: blocks of frames, which the program sees through the direct map.

#include "dma.h"

#include "on_kernel_stack.h"

#include <nucleus.h>

#include <nucleus/frames.h>
#include <nucleus/memory_layout.h>
#include <nucleus/mutex.h>

#include <bit>

namespace nucleus {
namespace {

static_assert(NUCLEUS_MAX_DMA_SIZE <= page_size << max_frame_order);

/// So that of two who give the same block back one is refused.
constinit Mutex freeing;

/// The block that starts there; frame 0 if none does.
Frame block_at(VirtAddr at) {
  const bool direct = at >= layout::direct_map && at - layout::direct_map < layout::direct_map_size;
  if (!direct || !is_aligned(at.value, page_size)) return {};
  const Frame frame = Frame::containing({at - layout::direct_map});
  const FrameInfo* const info = frame_info(frame);
  return info != nullptr && info->use == FrameUse::dma ? frame : Frame{};
}

}  // namespace

Result<Frame> allocate_dma(std::uint64_t size) {
  if (size == 0 || size > NUCLEUS_MAX_DMA_SIZE) return Error::invalid_argument;
  const std::uint64_t pages = align_up(size, page_size) >> page_shift;
  const auto order = static_cast<unsigned>(std::bit_width(pages - 1));
  return allocate_kernel_frames(order, FrameUse::dma, Zeroed::yes);
}

Result<> free_dma(VirtAddr at) {
  MutexGuard guard{freeing};
  const Frame block = block_at(at);
  if (block == Frame{}) return Error::invalid_argument;
  free_kernel_frames(block);
  return {};
}

}  // namespace nucleus

void* nucleus_dma_allocate(uint64_t size, uint64_t* bus_address) {
  nucleus::Frame block{};
  nucleus::on_kernel_stack([&] {
    auto allocated = nucleus::allocate_dma(size);
    if (allocated.ok()) block = allocated.value();
  });
  if (block == nucleus::Frame{}) return nullptr;
  *bus_address = block.address().value;
  return nucleus::frame_memory(block);
}

int nucleus_dma_free(void* memory) {
  bool freed = false;
  nucleus::on_kernel_stack([&] { freed = nucleus::free_dma(nucleus::VirtAddr::of(memory)).ok(); });
  return freed ? 0 : -1;
}
