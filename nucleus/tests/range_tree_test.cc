// SPDX-License-Identifier: ISC

#include <core/range_tree.h>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace nucleus {
namespace {

constexpr layout::Window window{.start = {0x10000}, .size = 0x200000};

/// The reference: a map from start to end.
struct Model {
  std::map<std::uint64_t, std::unique_ptr<Range>> ranges;

  Range* first_after(std::uint64_t at) {
    for (auto& [start, range] : ranges)
      if (range->end.value > at) return range.get();
    return nullptr;
  }
  std::optional<VirtAddr> find_gap(std::uint64_t size, std::uint64_t alignment, std::uint64_t offset) {
    for (std::uint64_t at = window.start.value; at + size <= window.end().value; at += page_size) {
      if (at % alignment != offset) continue;
      const Range* next = first_after(at);
      if (!next || next->start.value >= at + size) return VirtAddr{at};
    }
    return std::nullopt;
  }
};

TEST(RangeTree, AgreesWithAMap) {
  std::mt19937 random{3};
  RangeTree tree;
  Model model;
  const auto random_page = [&] {
    return window.start.value + (random() % (window.size >> page_shift)) * page_size;
  };
  for (int step = 0; step < 5000; ++step) {
    const std::uint64_t at = random_page();
    const std::uint64_t size = (1 + random() % 8) * page_size;
    if (random() % 2) {
      Range* const next = model.first_after(at);
      if (at + size <= window.end().value && (!next || next->start.value >= at + size)) {
        auto range = std::make_unique<Range>();
        range->start = {at};
        range->end = {at + size};
        tree.insert(*range);
        model.ranges.emplace(at, std::move(range));
      }
    } else if (Range* const range = model.first_after(at)) {
      tree.remove(*range);
      model.ranges.erase(range->start.value);
    }
    ASSERT_EQ(tree.count(), model.ranges.size());
    const VirtAddr probe{random_page() + random() % page_size};
    Range* const expected = model.first_after(probe.value);
    ASSERT_EQ(tree.first_after(probe), expected);
    ASSERT_EQ(tree.find(probe), expected && expected->contains(probe) ? expected : nullptr);
    Range* before = nullptr;
    for (auto& [start, range] : model.ranges)
      if (range->end <= probe) before = range.get();
    ASSERT_EQ(tree.last_before(probe), before);
    if (step % 10 == 0) {
      const std::uint64_t alignment = page_size << (random() % 4);
      const std::uint64_t offset = (random() % (alignment >> page_shift)) * page_size;
      const std::uint64_t wanted = (1 + random() % 40) * page_size;
      ASSERT_EQ(tree.find_gap(window, wanted, alignment, offset), model.find_gap(wanted, alignment, offset));
    }
  }
}

TEST(RangeTree, FindsRoomInAnEmptyTreeOnlyIfItFits) {
  RangeTree tree;
  EXPECT_EQ(tree.find_gap(window, window.size, page_size), window.start);
  EXPECT_EQ(tree.find_gap(window, window.size + page_size, page_size), std::nullopt);
  EXPECT_EQ(tree.find_gap(window, page_size, large_page_size), VirtAddr{large_page_size});
  EXPECT_EQ(tree.find_gap(window, page_size, std::uint64_t{1} << 30), std::nullopt);
}

}  // namespace
}  // namespace nucleus
