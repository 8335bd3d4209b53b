// SPDX-License-Identifier: ISC

#include <core/boot_memory.h>
#include <nucleus/frames.h>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <vector>

namespace nucleus {
namespace {

BootInfo make_boot(std::vector<PhysRange> memory, std::vector<PhysRange> reserved) {
  BootInfo boot;
  for (const PhysRange& range : memory) boot.memory[boot.memory_count++] = range;
  for (const PhysRange& range : reserved) boot.reserved[boot.reserved_count++] = range;
  return boot;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> usable(const BootInfo& boot, PhysRange within) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
  for_each_usable_range(boot, within,
                        [&](PhysRange part) { parts.emplace_back(part.start.value, part.end().value); });
  return parts;
}

constexpr PhysRange everything{.start = {0}, .size = std::uint64_t{1} << 40};

TEST(BootMemory, LeavesOutWhatIsReserved) {
  const BootInfo boot = make_boot({{{0x1000}, 0x9000}, {{0x100000}, 0x100000}},
                                  {{{0x120000}, 0x800}, {{0x110000}, 0x10001}, {{0x3fff}, 2}});
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{
      {0x1000, 0x3000}, {0x5000, 0xa000}, {0x100000, 0x110000}, {0x121000, 0x200000}};
  EXPECT_EQ(usable(boot, everything), expected);
}

TEST(BootMemory, AlignsInwardsAndObeysTheWindow) {
  const BootInfo boot = make_boot({{{0x1001}, 0x5000}}, {});
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> all{{0x2000, 0x6000}};
  EXPECT_EQ(usable(boot, everything), all);
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> part{{0x3000, 0x5000}};
  EXPECT_EQ(usable(boot, {.start = {0x3000}, .size = 0x2fff}), part);
  EXPECT_TRUE(usable(boot, {.start = {0x8000}, .size = 0x1000}).empty());
}

TEST(BootMemory, AWhollyReservedRangeIsNotThere) {
  const BootInfo boot = make_boot({{{0x1000}, 0x4000}}, {{{0x2000}, 0x3000}, {{0}, 0x2000}});
  EXPECT_TRUE(usable(boot, everything).empty());
}

TEST(Frames, BlocksAreAlignedAndDoNotOverlap) {
  const std::size_t free_before = frame_counters().free;
  std::mt19937 random{42};
  std::map<std::uint64_t, std::uint64_t> taken;  // first frame -> count
  for (int step = 0; step < 20000; ++step) {
    if (taken.empty() || random() % 5 < 3) {
      const unsigned order = random() % 4 ? random() % 3 : random() % 12;
      const auto frame = allocate_frames(order, FrameUse::kernel, Zeroed::no);
      if (!frame) continue;
      const std::uint64_t first = frame.value().number;
      const std::uint64_t count = std::uint64_t{1} << order;
      ASSERT_EQ(first % count, 0u);
      const auto after = taken.lower_bound(first);
      ASSERT_TRUE(after == taken.end() || after->first >= first + count);
      ASSERT_TRUE(after == taken.begin() || std::prev(after)->first + std::prev(after)->second <= first);
      taken[first] = count;
      std::memset(frame_memory(frame.value()), 0xa5, page_size);
    } else {
      const auto victim = std::next(taken.begin(), random() % taken.size());
      release_frames(Frame{victim->first});
      taken.erase(victim);
    }
  }
  std::size_t used = 0;
  for (const auto& [first, count] : taken) used += count;
  EXPECT_EQ(frame_counters().free + used, free_before);
  for (const auto& [first, count] : taken) release_frames(Frame{first});
  EXPECT_EQ(frame_counters().free, free_before);
}

TEST(Frames, EverythingComesBackTogether) {
  // All memory as single frames, given back in random order, must become large blocks again.
  std::vector<Frame> frames;
  for (;;) {
    const auto frame = allocate_frames(0, FrameUse::kernel, Zeroed::no);
    if (!frame) {
      EXPECT_EQ(frame.error(), Error::out_of_memory);
      break;
    }
    frames.push_back(frame.value());
  }
  EXPECT_EQ(frame_counters().free, 0u);
  std::shuffle(frames.begin(), frames.end(), std::mt19937{7});
  for (Frame frame : frames) release_frames(frame);
  constexpr unsigned of_4_mib = 10;
  const auto large = allocate_frames(of_4_mib, FrameUse::kernel, Zeroed::no);
  ASSERT_TRUE(large.ok());
  release_frames(large.value());
}

TEST(Frames, AreZeroedOnDemand) {
  const Frame dirty = allocate_frames(2, FrameUse::kernel, Zeroed::no).take();
  std::memset(frame_memory(dirty), 0xff, 4 * page_size);
  release_frames(dirty);
  const Frame clean = allocate_frames(2, FrameUse::kernel, Zeroed::yes).take();
  const auto* bytes = static_cast<const unsigned char*>(frame_memory(clean));
  for (std::size_t i = 0; i < 4 * page_size; ++i) ASSERT_EQ(bytes[i], 0);
  release_frames(clean);
}

TEST(Frames, LiveAsLongAsTheyAreReferenced) {
  const std::size_t free_before = frame_counters().free;
  const Frame frame = allocate_frames(1, FrameUse::kernel, Zeroed::no).take();
  reference_frames(frame);
  release_frames(frame);
  EXPECT_EQ(frame_counters().free, free_before - 2);
  release_frames(frame);
  EXPECT_EQ(frame_counters().free, free_before);
}

TEST(Frames, ASplitBlockIsFreedFrameByFrame) {
  const std::size_t free_before = frame_counters().free;
  const Frame block = allocate_frames(3, FrameUse::program, Zeroed::no).take();
  split_frames(block);
  for (std::uint64_t i = 0; i < 8; ++i) {
    EXPECT_EQ(frame_info({block.number + i})->use, FrameUse::program);
    release_frames({block.number + i});
    EXPECT_EQ(frame_counters().free, free_before - 8 + i + 1);
  }
}

TEST(Commit, RefusesWhatIsNotThere) {
  const FrameCounters before = frame_counters();
  const std::size_t room = before.limit - before.committed;
  ASSERT_TRUE(commit(room).ok());
  EXPECT_EQ(commit(1).error(), Error::out_of_memory);
  EXPECT_EQ(allocate_kernel_frames(0, FrameUse::kernel, Zeroed::no).error(), Error::out_of_memory);
  commit_beyond_limit(3);
  EXPECT_EQ(commit(~std::size_t{0}).error(), Error::out_of_memory);
  uncommit(room + 3);
  EXPECT_EQ(frame_counters().committed, before.committed);
}

}  // namespace
}  // namespace nucleus
