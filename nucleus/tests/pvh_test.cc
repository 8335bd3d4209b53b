// SPDX-License-Identifier: ISC

// Decoding of a PVH loader's start info, good and bad.

#include "physical_memory.h"

#include <boot/common/memory_ranges.h>
#include <boot/pvh/start_info.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace {
using namespace nucleus;
using namespace nucleus::pvh;

constexpr std::uint64_t info_at = 0x1000;
constexpr std::uint64_t map_at = 0x2000;
constexpr std::uint64_t modules_at = 0x3000;
constexpr std::uint64_t line_at = 0x4000;

class Pvh : public testing::Test {
 protected:
  Pvh() {
    info.magic = StartInfo::right_magic;
    info.version = 1;
    info.rsdp = 0xf59e0;
    info.memory_map = map_at;
  }

  void set_map(const std::vector<MemoryRange>& ranges) {
    std::vector<std::byte> bytes(ranges.size() * sizeof(MemoryRange));
    std::memcpy(bytes.data(), ranges.data(), bytes.size());
    memory.put(map_at, bytes);
    info.memory_map_count = static_cast<std::uint32_t>(ranges.size());
  }

  std::string decode_all() {
    memory.put_value(info_at, info);
    const char* problem = decode({info_at}, memory.reader(), boot);
    return problem == nullptr ? "" : problem;
  }

  StartInfo info{};
  testing_memory::PhysicalMemory memory;
  BootInfo boot{};
};

const std::vector<MemoryRange> plain_map = {{0x10'0000, 0x3ee'0000, 1, 0}, {0, 0x9'fc00, 1, 0}};

TEST_F(Pvh, DecodesEverything) {
  set_map(plain_map);
  info.module_count = 1;
  info.modules = modules_at;
  memory.put_value(modules_at, Module{0x300'0000, 12'345, 0, 0});
  info.command_line = line_at;
  memory.put(line_at, std::vector<std::byte>{std::byte{'h'}, std::byte{'i'}, std::byte{0}});

  EXPECT_EQ(decode_all(), "");
  EXPECT_STREQ(boot.protocol, "pvh");
  EXPECT_EQ(boot.rsdp, PhysAddr{0xf59e0});
  ASSERT_EQ(boot.memory_count, 2u);
  EXPECT_EQ(boot.memory[0].start, PhysAddr{0});
  EXPECT_EQ(boot.memory[0].size, 0x9'f000u) << "cut to whole pages";
  EXPECT_EQ(boot.memory[1].start, PhysAddr{0x10'0000});
  EXPECT_EQ(boot.bundle.start, PhysAddr{0x300'0000});
  EXPECT_EQ(boot.bundle.size, 12'345u);
  ASSERT_EQ(boot.reserved_count, 1u);
  EXPECT_EQ(boot.reserved[0].start, boot.bundle.start);
  EXPECT_STREQ(boot.command_line.data(), "hi");
}

TEST_F(Pvh, IgnoresMicrovmsZeroEntryAndWhatIsNotRam) {
  set_map({{0, 0, 0, 0}, {0x10'0000, 0x10'0000, 1, 0}, {0xfee0'0000, 0x1000, 2, 0}, {0, 0, 1, 0}});
  EXPECT_EQ(decode_all(), "");
  EXPECT_EQ(boot.memory_count, 1u);
}

TEST_F(Pvh, SaysWhatIsWrong) {
  EXPECT_NE(decode_all().find("no usable memory"), std::string::npos);
  set_map({{~0ull - 0x1000, 0x10'0000, 1, 0}});
  EXPECT_NE(decode_all().find("wraps"), std::string::npos);
  set_map(std::vector<MemoryRange>(600, MemoryRange{0x10'0000, 0x1000, 1, 0}));
  EXPECT_NE(decode_all().find("too long"), std::string::npos);
  info.memory_map = 0x7000'0000;
  info.memory_map_count = 1;
  EXPECT_NE(decode_all().find("out of reach"), std::string::npos);
  info.version = 0;
  EXPECT_NE(decode_all().find("version 0"), std::string::npos);
  info.magic = 0;
  EXPECT_NE(decode_all().find("does not speak PVH"), std::string::npos);
}

TEST_F(Pvh, RefusesBadModulesAndLines) {
  set_map(plain_map);
  info.module_count = 1;
  info.modules = 0x7000'0000;
  EXPECT_NE(decode_all().find("module list"), std::string::npos);
  info.modules = modules_at;
  memory.put_value(modules_at, Module{~0ull, 2, 0, 0});
  EXPECT_NE(decode_all().find("wraps"), std::string::npos);
  info.module_count = 0;
  info.command_line = line_at;
  memory.put(line_at, std::vector<std::byte>(2'000, std::byte{'x'}));
  EXPECT_NE(decode_all().find("command line"), std::string::npos);
}

TEST(MemoryRanges, MergesOverlapsAndNeighbours) {
  BootInfo boot{};
  for (const PhysRange range :
       {PhysRange{{0x5000}, 0x2000}, PhysRange{{0x1000}, 0x3000}, PhysRange{{0x4000}, 0x1000},
        PhysRange{{0x5000}, 0x800}, PhysRange{{0x9000}, 0x1000}}) {
    ASSERT_TRUE(add_memory(boot, range).ok());
  }
  ASSERT_TRUE(finish_memory(boot).ok());
  ASSERT_EQ(boot.memory_count, 2u);
  EXPECT_EQ(boot.memory[0].start, PhysAddr{0x1000});
  EXPECT_EQ(boot.memory[0].size, 0x6000u);
  EXPECT_EQ(boot.memory[1].start, PhysAddr{0x9000});
}

TEST(MemoryRanges, SaysWhenFull) {
  BootInfo boot{};
  for (unsigned i = 0; i < BootInfo::max_memory_ranges; ++i) {
    ASSERT_TRUE(add_memory(boot, {{i * 0x10'0000ull}, 0x1000}).ok());
  }
  EXPECT_EQ(add_memory(boot, {{0x4000'0000}, 0x1000}).error(), Error::too_many);
  for (unsigned i = 0; i < BootInfo::max_reserved_ranges; ++i) ASSERT_TRUE(add_reserved(boot, {{i}, 1}).ok());
  EXPECT_EQ(add_reserved(boot, {{1}, 1}).error(), Error::too_many);
  EXPECT_TRUE(add_reserved(boot, {{1}, 0}).ok());
}

}  // namespace
