// SPDX-License-Identifier: ISC

// The walker against a reference map, over the entries of every architecture.

#include <arch/aarch64/page_format.h>
#include <arch/host/page_format.h>
#include <arch/riscv64/page_format.h>
#include <arch/x86_64/page_format.h>

#include <core/page_table.h>

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace nucleus {
namespace {

template <typename Format>
class PageTableOf : public testing::Test {
 public:
  using Table = PageTable<Format>;

  void TearDown() override {
    Everything sink{*this};
    ASSERT_TRUE(table.unmap({0}, space, sink).ok());
    // Only the higher tables are left.
    EXPECT_EQ(level_0_tables(), 0u);
  }

  struct Everything {
    PageTableOf& test;
    bool leaf(VirtAddr, const Leaf& leaf) {
      test.free_leaf(leaf);
      return true;
    }
    void table(Frame frame) { test.free_table(frame); }
  };

  void free_leaf(const Leaf& leaf) { release_frames(leaf.frame); }
  void free_table(Frame frame) {
    EXPECT_EQ(frame_info(frame)->extra, 0);
    release_frames(frame);
    uncommit(1);
  }

  std::size_t level_0_tables() {
    std::size_t count = 0;
    for (std::uint64_t at = 0; at < space; at += large_page_size)
      if (!table.is_vacant({at}, 1)) ++count;
    return count;
  }

  static constexpr std::uint64_t space = 32 * large_page_size;
  Table table = Table::create().take();
};

using Formats = testing::Types<host::HostPageFormat, arch::x86_64::PageFormat, arch::aarch64::PageFormat,
                               arch::riscv64::Sv39, arch::riscv64::Sv48, arch::riscv64::Sv57>;
TYPED_TEST_SUITE(PageTableOf, Formats);

/// What the reference knows of one 4 KiB page.
struct Page {
  Frame frame{};
  Access access{};
  bool operator==(const Page&) const = default;
};

TYPED_TEST(PageTableOf, AgreesWithAMap) {
  std::mt19937 random{5};
  std::map<std::uint64_t, Page> model;
  const Access accesses[] = {access_none, access_read, access_read_write, access_read_execute};
  const auto pages_in = [&](std::uint64_t at, std::uint64_t size) {
    return std::pair{model.lower_bound(at), model.lower_bound(at + size)};
  };

  for (int step = 0; step < 1500; ++step) {
    const Access access = accesses[random() % 4];
    const bool large = random() % 3 == 0;
    const std::uint64_t unit = large ? large_page_size : page_size;
    const std::uint64_t at = random() % (this->space / unit) * unit;
    switch (random() % 4) {
      case 0: {  // map
        const auto block = allocate_frames(large ? large_page_order : 0, FrameUse::program, Zeroed::no);
        if (!block) break;
        const auto [first, last] = pages_in(at, unit);
        const bool vacant = large ? this->table.is_vacant({at}, 1) : first == last;
        ASSERT_EQ(this->table.map({at}, block.value(), large, access).ok(), vacant);
        if (!vacant) {
          release_frames(block.value());
          break;
        }
        for (std::uint64_t i = 0; i < unit / page_size; ++i)
          model[at + i * page_size] = {{block.value().number + i}, access};
        break;
      }
      case 1: {  // unmap, in rounds
        const std::uint64_t start = random() % (this->space >> page_shift) << page_shift;
        const std::uint64_t size = std::min(this->space - start, (1 + random() % 1500) * page_size);
        struct Rounds {
          TestFixture& test;
          std::map<std::uint64_t, Page>& model;
          unsigned left = 7;
          bool leaf(VirtAddr here, const Leaf& leaf) {
            for (std::uint64_t i = 0; i < level_size(leaf.level) / page_size; ++i) {
              const auto page = model.find(here.value + i * page_size);
              EXPECT_NE(page, model.end());
              EXPECT_EQ(page->second, (Page{{leaf.frame.number + i}, leaf.access}));
              model.erase(page);
            }
            test.free_leaf(leaf);
            return --left > 0;
          }
          void table(Frame frame) { test.free_table(frame); }
        };
        for (VirtAddr here{start}; here.value < start + size;) {
          Rounds sink{*this, model};
          auto reached = this->table.unmap(here, start + size - here.value, sink);
          ASSERT_TRUE(reached.ok());
          ASSERT_GT(reached.value(), here);
          here = reached.value();
        }
        const auto [first, last] = pages_in(start, size);
        ASSERT_EQ(first, last);
        break;
      }
      case 2: {  // protect
        const std::uint64_t start = random() % (this->space >> page_shift) << page_shift;
        const std::uint64_t size = std::min(this->space - start, (1 + random() % 1500) * page_size);
        ASSERT_TRUE(this->table.protect({start}, size, access).ok());
        const auto [first, last] = pages_in(start, size);
        for (auto page = first; page != last; ++page) page->second.access = access;
        break;
      }
      case 3: {  // look
        std::uint64_t count = 0;
        this->table.visit({0}, this->space, [&](VirtAddr here, const Leaf& leaf) {
          for (std::uint64_t i = 0; i < level_size(leaf.level) / page_size; ++i, ++count)
            ASSERT_EQ(model.at(here.value + i * page_size), (Page{{leaf.frame.number + i}, leaf.access}));
        });
        ASSERT_EQ(count, model.size());
        Leaf leaf;
        ASSERT_EQ(this->table.find({at + 17}, leaf), model.contains(at));
        break;
      }
    }
  }
}

TYPED_TEST(PageTableOf, MovesLargeLeavesWholeWhereTheyFit) {
  struct Sink {
    TestFixture& test;
    std::uint64_t distance;
    bool leaf(VirtAddr here, const Leaf& leaf) {
      EXPECT_TRUE(test.table.map(here + distance, leaf.frame, leaf.level, leaf.access).ok());
      return true;
    }
    void table(Frame frame) { test.free_table(frame); }
  };
  const Frame large = allocate_frames(large_page_order, FrameUse::program, Zeroed::no).take();
  const Frame small = allocate_frames(0, FrameUse::program, Zeroed::no).take();
  ASSERT_TRUE(this->table.map({0}, large, 1, access_read_write).ok());
  ASSERT_TRUE(this->table.map({large_page_size}, small, 0, access_none).ok());
  const std::uint64_t size = 2 * large_page_size;

  std::uint64_t at = 0;
  for (const std::uint64_t distance : {4 * large_page_size, 3 * large_page_size + 5 * page_size}) {
    Sink sink{*this, distance};
    ASSERT_TRUE(this->table.prepare_move({at}, {at + distance}, size).ok());
    ASSERT_TRUE(this->table.unmap({at}, size, sink).ok());
    at += distance;
    Leaf leaf;
    ASSERT_TRUE(this->table.find({at}, leaf));
    EXPECT_EQ(leaf.frame, large);
    EXPECT_EQ(leaf.level, at % large_page_size == 0 ? 1u : 0u);
    ASSERT_TRUE(this->table.find({at + large_page_size}, leaf));
    EXPECT_EQ(leaf.frame, small);
    EXPECT_TRUE(leaf.access.none());
  }
}

TYPED_TEST(PageTableOf, FillsTopLevelSlotsOnce) {
  constexpr unsigned top = TypeParam::levels() - 1;
  const std::size_t before = this->table.table_count();
  ASSERT_TRUE(this->table.fill_slots({0}, 3 * level_size(top), top).ok());
  EXPECT_EQ(this->table.table_count(), before + 3);
  ASSERT_TRUE(this->table.fill_slots({level_size(top) / 2}, level_size(top), top).ok());
  EXPECT_EQ(this->table.table_count(), before + 3);
}

TYPED_TEST(PageTableOf, SplitsOnlyAtAnInnerBoundary) {
  const Frame large = allocate_frames(large_page_order, FrameUse::program, Zeroed::no).take();
  ASSERT_TRUE(this->table.map({0}, large, 1, access_read).ok());
  Leaf leaf;
  ASSERT_TRUE(this->table.split_at({0}).ok());
  ASSERT_TRUE(this->table.split_at({large_page_size}).ok());
  ASSERT_TRUE(this->table.find({0}, leaf));
  EXPECT_EQ(leaf.level, 1u);
  ASSERT_TRUE(this->table.split_at({page_size}).ok());
  ASSERT_TRUE(this->table.find({5 * page_size}, leaf));
  EXPECT_EQ(leaf.level, 0u);
  EXPECT_EQ(leaf.frame.number, large.number + 5);
  EXPECT_EQ(leaf.access, access_read);
}

}  // namespace
}  // namespace nucleus
