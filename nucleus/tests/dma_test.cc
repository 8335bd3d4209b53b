// SPDX-License-Identifier: ISC

// Memory for devices: contiguous, zeroed, and only such memory is given back.

#include <nucleus.h>
#include <nucleus/frames.h>

#include <machine/dma.h>

#include <gtest/gtest.h>

#include <cstring>

namespace {
using namespace nucleus;

TEST(Dma, IsZeroedAndAlignedAndComesBack) {
  const std::size_t free_before = frame_counters().free;
  const std::size_t charged_before = frame_counters().committed;
  for (const std::uint64_t size : {1u, 4096u, 4097u, 65536u, 1u << 20, NUCLEUS_MAX_DMA_SIZE}) {
    const Frame block = allocate_dma(size).value();
    auto* bytes = static_cast<unsigned char*>(frame_memory(block));
    for (std::uint64_t i = 0; i < size; ++i) ASSERT_EQ(bytes[i], 0) << i;
    std::memset(bytes, 0xff, size);
    EXPECT_TRUE(free_dma(VirtAddr::of(bytes)).ok());
    EXPECT_EQ(free_dma(VirtAddr::of(bytes)).error(), Error::invalid_argument);
  }
  EXPECT_EQ(frame_counters().free, free_before);
  EXPECT_EQ(frame_counters().committed, charged_before);
}

TEST(Dma, RefusesWhatCannotBe) {
  EXPECT_EQ(allocate_dma(0).error(), Error::invalid_argument);
  EXPECT_EQ(allocate_dma(NUCLEUS_MAX_DMA_SIZE + 1).error(), Error::invalid_argument);
  EXPECT_EQ(allocate_dma(~std::uint64_t{0}).error(), Error::invalid_argument);
  const Frame block = allocate_dma(8192).value();
  const VirtAddr at = VirtAddr::of(frame_memory(block));
  EXPECT_FALSE(free_dma(at + 8).ok());
  EXPECT_FALSE(free_dma(at + page_size).ok());
  EXPECT_FALSE(free_dma({0}).ok());
  EXPECT_FALSE(free_dma({~std::uint64_t{0} - 4095}).ok());
  int local = 0;
  EXPECT_FALSE(free_dma(VirtAddr::of(&local)).ok());
  const Frame other = allocate_kernel_frames(0, FrameUse::kernel, Zeroed::no).value();
  EXPECT_FALSE(free_dma(VirtAddr::of(frame_memory(other))).ok());
  free_kernel_frames(other);
  EXPECT_TRUE(free_dma(at).ok());
}

}  // namespace
