// SPDX-License-Identifier: ISC

// From firmware's memory map to the protocol's.

#include <boot/memory_map.h>

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace {
using namespace loader;
using nucleus::limine::MemoryEntry;
using nucleus::limine::MemoryKind;

std::vector<MemoryEntry> map_of(const std::vector<Range>& ranges, const std::vector<Range>& claims = {},
                                std::size_t room = 64) {
  std::vector<std::uint64_t> edges(2 * (ranges.size() + claims.size()) + 2);
  std::vector<MemoryEntry> map(room);
  map.resize(make_memory_map(ranges, claims, edges, map));
  return map;
}

TEST(LoaderMemoryMap, SortsJoinsAndKeepsTheFirstPage) {
  const auto map = map_of({{0x10'0000, 0x10'0000, MemoryKind::usable},
                           {0x20'0000, 0x1000, MemoryKind::usable},
                           {0, 0xa'0000, MemoryKind::usable}});
  ASSERT_EQ(map.size(), 3u);
  EXPECT_EQ(map[0].kind, MemoryKind::reserved);
  EXPECT_EQ(map[0].length, 0x1000u);
  EXPECT_EQ(map[1].base, 0x1000u);
  EXPECT_EQ(map[2].base, 0x10'0000u);
  EXPECT_EQ(map[2].length, 0x10'1000u);
}

TEST(LoaderMemoryMap, CutsClaimsOut) {
  const auto map = map_of({{0x10'0000, 0x10'0000, MemoryKind::bootloader_reclaimable}},
                          {{0x14'0000, 0x1000, MemoryKind::executable_and_modules}});
  ASSERT_EQ(map.size(), 3u);
  EXPECT_EQ(map[1].base, 0x14'0000u);
  EXPECT_EQ(map[1].kind, MemoryKind::executable_and_modules);
  EXPECT_EQ(map[2].kind, MemoryKind::bootloader_reclaimable);
}

TEST(LoaderMemoryMap, TakesTheLesserUseWhereFirmwareContradictsItself) {
  const auto map =
      map_of({{0x10'0000, 0x2000, MemoryKind::usable}, {0x10'1000, 0x2000, MemoryKind::reserved}});
  ASSERT_EQ(map.size(), 2u);
  EXPECT_EQ(map[0].length, 0x1000u);
  EXPECT_EQ(map[1].kind, MemoryKind::reserved);
}

TEST(LoaderMemoryMap, SaysWhenThereIsNoRoom) {
  EXPECT_TRUE(
      map_of({{0x1000, 0x1000, MemoryKind::usable}, {0x5000, 0x1000, MemoryKind::usable}}, {}, 1).empty());
}

TEST(LoaderMemoryMap, KnowsFirmwaresTypes) {
  EXPECT_EQ(kind_of(efi::MemoryType::conventional), MemoryKind::usable);
  EXPECT_EQ(kind_of(efi::MemoryType::boot_services_code), MemoryKind::usable);
  EXPECT_EQ(kind_of(efi::MemoryType::loader_data), MemoryKind::bootloader_reclaimable);
  EXPECT_EQ(kind_of(efi::MemoryType::runtime_data), MemoryKind::reserved);
  EXPECT_EQ(kind_of(efi::MemoryType{0x8000'0000}), MemoryKind::reserved);
}

// Whatever the ranges: sorted, no overlaps, no neighbours of one kind, and nothing usable that somebody
// claims.
TEST(LoaderMemoryMap, HoldsItsPromises) {
  std::mt19937_64 random{1};
  const auto some = [&](std::vector<Range>& ranges, MemoryKind only) {
    for (std::uint64_t i = random() % 20; i > 0; --i)
      ranges.push_back({(random() % 64) << 12, (random() % 16) << 12,
                        only == MemoryKind::usable ? MemoryKind{random() % 6} : only});
  };
  for (unsigned round = 0; round < 5'000; ++round) {
    std::vector<Range> ranges, claims;
    some(ranges, MemoryKind::usable);
    some(claims, MemoryKind::executable_and_modules);
    const auto map = map_of(ranges, claims, 256);
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < map.size(); ++i) {
      EXPECT_GE(map[i].base, end);
      EXPECT_GT(map[i].length, 0u);
      if (i > 0 && map[i].base == end) {
        EXPECT_NE(map[i].kind, map[i - 1].kind);
      }
      end = map[i].base + map[i].length;
      if (map[i].kind != MemoryKind::usable) continue;
      for (const Range& claim : claims)
        EXPECT_TRUE(claim.end() <= map[i].base || claim.start >= end || claim.size == 0);
    }
  }
}

}  // namespace
