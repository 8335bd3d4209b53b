// SPDX-License-Identifier: ISC

// The words that an ITS is told: fields where the specification has them.

#include <platform/gic/its_commands.h>

#include <gtest/gtest.h>

namespace {
using namespace arch::aarch64::its;

TEST(GicIts, EncodesCommands) {
  EXPECT_EQ(map_device(0x1234, {0x8000'1000}, 5), (Command{{0x1234'0000'0008, 4, 0x8000'0000'8000'1000, 0}}));
  EXPECT_EQ(map_collection(3, target_of(false, {}, 2)), (Command{{0x09, 0, 0x8000'0000'0002'0003, 0}}));
  EXPECT_EQ(map_event(0x10, 7, 8195, 3), (Command{{0x10'0000'000a, 0x2003'0000'0007, 3, 0}}));
  EXPECT_EQ(move_event(0x10, 7, 1), (Command{{0x10'0000'0001, 7, 1, 0}}));
  EXPECT_EQ(invalidate(0x10, 7), (Command{{0x10'0000'000c, 7, 0, 0}}));
  EXPECT_EQ(synchronize(target_of(true, {0x80a'0000}, 9)), (Command{{0x05, 0, 0x80a'0000, 0}}));
}

TEST(GicIts, DecodesItsType) {
  const Type type = decode_type(1 | 11u << 4 | 15u << 8 | 15u << 13 | 1u << 19);
  EXPECT_TRUE(type.physical && type.targets_by_address);
  EXPECT_EQ(type.entry_size, 12u);
  EXPECT_EQ(type.event_bits, 16u);
  EXPECT_EQ(type.device_bits, 16u);
}

TEST(GicIts, PlacesTables) {
  const std::uint64_t old = std::uint64_t{4} << 56 | std::uint64_t{7} << 48;
  EXPECT_EQ(kind_of_table(old), TableKind::collections);
  EXPECT_EQ(entry_size_of_table(old), 8u);
  const std::uint64_t base = table_base(old, {0x4001'0000}, 0x1'0000, 0x1000);
  EXPECT_EQ(base & 0xffff'ffff'f000, 0x4001'0000u);
  EXPECT_EQ(base & 0xff, 15u) << "sixteen pages";
  EXPECT_EQ(page_size_of_table(base), 0x1000u);
  EXPECT_EQ(kind_of_table(base), TableKind::collections);
  EXPECT_EQ(page_size_of_table(table_base(old, {0x4001'0000}, 0x1'0000, 0x1'0000)), 0x1'0000u);
  EXPECT_EQ(base >> 63, 1u);
  EXPECT_EQ(queue_base({0x4000'3000}, 0x1000) & 0xfffff, 0x0'3400u);
}

}  // namespace
