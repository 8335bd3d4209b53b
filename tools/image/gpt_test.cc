// SPDX-License-Identifier: ISC
#include "image/gpt.h"

#include <gtest/gtest.h>

#include <random>

namespace bactrian {
namespace {

constexpr uint64_t sectors = 131072;

const std::vector<Partition> two = {
    {efi_system_partition, guid_from_content("a"), "EFI system", 2048, 98304},
    {data_partition, guid_from_content("b"), "data", 100352, 2048},
};

PartitionTable table() {
  return make_partition_table(sectors, guid_from_content("disk"), two);
}

TEST(Gpt, LiesAsTheStandardWants) {
  const PartitionTable made = table();
  ASSERT_EQ(made.front.size(), 34 * sector_size);
  ASSERT_EQ(made.back.size(), sectors_at_end * sector_size);
  EXPECT_EQ(made.front.substr(510, 2), "\x55\xaa");
  EXPECT_EQ(made.front[450], '\xee') << "the protective partition";
  EXPECT_EQ(made.front.substr(512, 8), "EFI PART");
  EXPECT_EQ(made.back.substr(32 * sector_size, 8), "EFI PART");
  EXPECT_EQ(made.back.substr(0, 32 * sector_size), made.front.substr(2 * sector_size)) << "the entries again";
}

TEST(Gpt, WritesGuidsInTheirOddOrder) {
  const Guid guid = guid_of("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
  EXPECT_EQ(guid[0], 0x28);
  EXPECT_EQ(guid[4], 0x1f);
  EXPECT_EQ(guid[6], 0xd2);
  EXPECT_EQ(guid[8], 0xba);
  EXPECT_EQ(guid[15], 0x3b);
  EXPECT_NE(guid_from_content("a"), guid_from_content("b"));
  EXPECT_EQ(guid_from_content("a")[7] >> 4, 8);
}

TEST(Gpt, ReadsWhatItWrote) {
  const auto read = read_partition_table(table().front, sectors);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read.value().size(), 2U);
  EXPECT_EQ(read.value()[0].type, efi_system_partition);
  EXPECT_EQ(read.value()[0].name, "EFI system");
  EXPECT_EQ(read.value()[1].first_sector, 100352U);
  EXPECT_EQ(read.value()[1].sector_count, 2048U);
}

TEST(Gpt, NoticesAllDamage) {
  const std::string good = table().front;
  std::mt19937 random(1);
  for (int round = 0; round < 300; round++) {
    std::string bad = good;
    // In the header or in the entries that are used.
    const size_t at = round % 2 == 0 ? sector_size + random() % 92 : 2 * sector_size + random() % 256;
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1 << random() % 8));
    EXPECT_FALSE(read_partition_table(bad, sectors).ok()) << at;
  }
  for (const size_t size : {0, 511, 513, 34 * 512 - 1})
    EXPECT_FALSE(read_partition_table(std::string_view(good).substr(0, size), sectors).ok());
  EXPECT_FALSE(read_partition_table(good, 50000).ok()) << "a shortened disk";
}

}  // namespace
}  // namespace bactrian
