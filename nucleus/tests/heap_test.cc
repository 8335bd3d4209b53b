// SPDX-License-Identifier: ISC

#include <nucleus/frames.h>
#include <nucleus/heap.h>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

namespace nucleus {
namespace {

TEST(Heap, BlocksKeepTheirContents) {
  const HeapCounters before = heap_counters();
  std::mt19937 random{1};
  struct Block {
    std::size_t size;
    unsigned char fill;
  };
  std::map<unsigned char*, Block> blocks;
  const auto check = [](const unsigned char* at, const Block& block) {
    for (std::size_t i = 0; i < block.size; ++i) ASSERT_EQ(at[i], block.fill);
  };
  for (int step = 0; step < 30000; ++step) {
    if (blocks.empty() || random() % 2) {
      const std::size_t size = random() % 8 ? random() % 300 : random() % 20000;
      auto* at = static_cast<unsigned char*>(heap_allocate(size));
      ASSERT_NE(at, nullptr);
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(at) % 16, 0u);
      const Block block{size, static_cast<unsigned char>(random())};
      std::memset(at, block.fill, size);
      ASSERT_TRUE(blocks.emplace(at, block).second);
    } else {
      const auto victim = std::next(blocks.begin(), random() % blocks.size());
      check(victim->first, victim->second);
      heap_free(victim->first);
      blocks.erase(victim);
    }
  }
  EXPECT_EQ(heap_counters().objects, before.objects + blocks.size());
  for (const auto& [at, block] : blocks) {
    check(at, block);
    heap_free(at);
  }
  EXPECT_EQ(heap_counters().objects, before.objects);
  EXPECT_EQ(heap_counters().bytes, before.bytes);
  // At most one slab of each size stays.
  EXPECT_LE(heap_counters().frames, before.frames + 16);
}

TEST(Heap, FailsCleanlyWhenMemoryIsCharged) {
  const FrameCounters before = frame_counters();
  ASSERT_TRUE(commit(before.limit - before.committed).ok());
  EXPECT_EQ(heap_allocate(100000), nullptr);
  void* last = nullptr;
  std::vector<void*> blocks;
  while ((last = heap_allocate(1000))) blocks.push_back(last);
  EXPECT_LE(blocks.size(), 8u);
  for (void* block : blocks) heap_free(block);
  uncommit(before.limit - before.committed);
}

TEST(Heap, RefusesWhatNoBlockHolds) {
  EXPECT_EQ(heap_allocate((page_size << max_frame_order) + 1), nullptr);
  EXPECT_EQ(heap_allocate(~std::size_t{0}), nullptr);
  heap_free(nullptr);
}

struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  virtual ~Counted() { --alive; }
};
struct Derived : Counted {};

TEST(Owned, FreesOnce) {
  {
    auto first = make_owned<Derived>().take();
    EXPECT_EQ(Counted::alive, 1);
    Owned<Counted> second = std::move(first);
    EXPECT_EQ(first.get(), nullptr);
    second = make_owned<Counted>().take();
    EXPECT_EQ(Counted::alive, 1);
    Counted* released = second.release();
    EXPECT_FALSE(second);
    second.reset(released);
  }
  EXPECT_EQ(Counted::alive, 0);
}

}  // namespace
}  // namespace nucleus
