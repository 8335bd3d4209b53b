// SPDX-License-Identifier: ISC

// What x86_64 hardware wants to see, bit by bit: page-table entries, descriptors, fault codes, the clock's
// arithmetic, the RTC's registers. All pure, so the port itself need not be built here.

#include <arch/x86_64/descriptors.h>
#include <arch/x86_64/fault_decode.h>
#include <arch/x86_64/page_format.h>
#include <platform/x86/rtc.h>
#include <platform/x86/tick_lines.h>
#include <platform/x86/tick_scale.h>

#include <gtest/gtest.h>

namespace {
using namespace arch::x86_64;
using namespace nucleus;

TEST(X86PageFormat, SplitsAnAddressIntoIndexes) {
  const VirtAddr image{0xffff'ffff'8020'3000};
  EXPECT_EQ(PageFormat::index(image, 3), 511u);
  EXPECT_EQ(PageFormat::index(image, 2), 510u);
  EXPECT_EQ(PageFormat::index(image, 1), 1u);
  EXPECT_EQ(PageFormat::index(image, 0), 3u);
}

TEST(X86PageFormat, LeavesKeepAddressAndAccess) {
  for (unsigned level : {0u, 1u}) {
    const PhysAddr at{align_down(0x000a'bcde'f123'4000, page_size << (9 * level))};
    for (Access access : {access_read, access_read_write, access_read_execute}) {
      for (bool user : {false, true}) {
        access.user = user;
        for (MemoryType type : {MemoryType::normal, MemoryType::device, MemoryType::write_combining}) {
          const std::uint64_t entry = PageFormat::make_leaf(at, level, access, type);
          EXPECT_TRUE(PageFormat::is_present(entry));
          EXPECT_TRUE(PageFormat::is_leaf(entry, level));
          EXPECT_EQ(PageFormat::address(entry), at);
          EXPECT_EQ(PageFormat::access(entry), access);
        }
      }
    }
  }
}

TEST(X86PageFormat, EncodesAsTheManualSays) {
  const std::uint64_t no_execute = std::uint64_t{1} << 63;
  EXPECT_EQ(PageFormat::make_leaf({0x1000}, 0, access_read_write, MemoryType::normal), no_execute | 0x1163);
  EXPECT_EQ(PageFormat::make_leaf({0x20'0000}, 1, access_read_execute, MemoryType::normal), 0x20'01e1u);
  EXPECT_EQ(PageFormat::make_leaf({0xfee0'0000}, 0, access_read_write, MemoryType::device),
            no_execute | 0xfee0'017b);
  EXPECT_EQ(PageFormat::make_leaf({0x1000}, 0, access_none, MemoryType::normal), 0u);
  EXPECT_FALSE(PageFormat::is_leaf(PageFormat::make_table({0x5000}), 1));
}

/// The type byte of the PAT that an entry selects.
unsigned memory_type(std::uint64_t entry) {
  const unsigned index = (entry >> 3 & 1) | (entry >> 4 & 1) << 1;
  return page_attribute_table >> (8 * index) & 0xff;
}

TEST(X86PageFormat, MemoryTypesGoThroughThePat) {
  const auto leaf = [](MemoryType type) {
    return PageFormat::make_leaf({0x1000}, 0, access_read_write, type);
  };
  EXPECT_EQ(memory_type(leaf(MemoryType::normal)), 6u);           // write-back
  EXPECT_EQ(memory_type(leaf(MemoryType::device)), 0u);           // uncacheable
  EXPECT_EQ(memory_type(leaf(MemoryType::write_combining)), 1u);  // write-combining
}

TEST(X86Descriptors, ScatterTheAddressOfTheTaskState) {
  const auto words = tss_descriptor(0xffff'ffff'89ab'cdef);
  EXPECT_EQ(words[0], 0x8900'89ab'cdef'0067u);
  EXPECT_EQ(words[1], 0xffff'ffffu);
}

TEST(X86Descriptors, GatesNameHandlerAndStack) {
  const Gate gate = Gate::interrupt(0xffff'ffff'8020'1230, 3);
  EXPECT_EQ(gate.low, 0x8020'8e03'0008'1230u);
  EXPECT_EQ(gate.high, 0xffff'ffffu);
}

TEST(X86Faults, PageFaultsSayWhatWasTried) {
  EXPECT_EQ(decode_fault(14, 0b00000, 0x10).kind, FaultKind::read);
  EXPECT_EQ(decode_fault(14, 0b00010, 0x10).kind, FaultKind::write);
  EXPECT_EQ(decode_fault(14, 0b00111, 0x10).kind, FaultKind::write);
  EXPECT_EQ(decode_fault(14, 0b10000, 0x10).kind, FaultKind::execute);
  EXPECT_EQ(decode_fault(14, 0b01011, 0x10).kind, FaultKind::protection);
  EXPECT_EQ(decode_fault(14, 0, 0x10).address, VirtAddr{0x10});
}

TEST(X86Faults, OtherExceptionsHaveAKindEach) {
  EXPECT_EQ(decode_fault(0, 0, 0).kind, FaultKind::divide);
  EXPECT_EQ(decode_fault(3, 0, 0).kind, FaultKind::breakpoint);
  EXPECT_EQ(decode_fault(6, 0, 0).kind, FaultKind::illegal_instruction);
  EXPECT_EQ(decode_fault(13, 0x18, 0).kind, FaultKind::protection);
  EXPECT_EQ(decode_fault(13, 0x18, 0).raw_code, 0x18u);
  EXPECT_EQ(decode_fault(17, 0, 0).kind, FaultKind::alignment);
  EXPECT_EQ(decode_fault(19, 0, 0).kind, FaultKind::floating_point);
}

TEST(X86Rate, IsExactWhereItCanBe) {
  EXPECT_EQ(Rate::ratio(1, 2).of(10), 5u);
  EXPECT_EQ(Rate::ratio(1'000'000'000, 2'000'000'000).of(2'000'000'000'000'000'000),
            1'000'000'000'000'000'000u);
  EXPECT_EQ(Rate::ratio(3, 0).fixed, 0u);
}

TEST(X86Rate, LosesLessThanAPartInABillion) {
  const Rate ns_per_tick = Rate::ratio(10'000'000, 25'919'872);  // 2.59 GHz, over 10 ms
  const std::uint64_t day_ticks = 2'591'987'200ull * 86'400;
  const double ns = static_cast<double>(ns_per_tick.of(day_ticks));
  EXPECT_NEAR(ns, 86'400e9, 86'400.0);
}

TEST(X86TickScale, BendsWithoutAStep) {
  const TickScale line{1'000, 5'000'000, Rate::ratio(1, 2)};
  const TickScale bent = line.bent_at(3'000, Rate::ratio(2, 1));
  EXPECT_EQ(bent.ns(3'000), line.ns(3'000));
  EXPECT_EQ(bent.ns(3'100), line.ns(3'000) + 200);
}

TEST(X86TickLines, NeverGoBackWhenBent) {
  TickLines clock{1'000};
  std::uint64_t tick = 500;
  const auto now = [&] { return clock.ns([&] { return tick; }); };
  EXPECT_EQ(now(), 1'000u) << "stands until started";
  clock.start({500, 1'000, Rate::ratio(1, 1)});
  std::uint64_t last = 0;
  const Rate slopes[] = {Rate::ratio(3, 2), Rate::ratio(1, 2), Rate::ratio(9, 10)};
  for (const Rate slope : slopes) {
    EXPECT_TRUE(clock.bend(tick, tick + 50, slope));
    EXPECT_FALSE(clock.bend(tick + 49, tick + 60, slope)) << "the last bend is still to come";
    for (unsigned i = 0; i < 100; ++i, ++tick) {
      EXPECT_GE(now(), last);
      EXPECT_LE(now(), last + (last == 0 ? 2'000 : 2));
      last = now();
    }
  }
}

TEST(X86Rtc, ReadsBcdAndBinary) {
  constexpr std::uint64_t moment = 1'709'251'199;  // 2024-02-29 23:59:59
  EXPECT_EQ(decode_rtc({0x59, 0x59, 0x23, 0x29, 0x02, 0x24, 0x20, 0b010}), moment);
  EXPECT_EQ(decode_rtc({59, 59, 23, 29, 2, 24, 20, 0b110}), moment);
  EXPECT_EQ(decode_rtc({0x59, 0x59, 0x23, 0x29, 0x02, 0x24, 0, 0b010}), moment) << "no century: the near one";
}

TEST(X86Rtc, ReadsTwelveHourClocks) {
  const auto at_hour = [](std::uint8_t hour) {
    return decode_rtc({0, 0, hour, 1, 1, 0x70, 0x19, 0}) / 3'600;
  };
  EXPECT_EQ(at_hour(0x12), 0u);
  EXPECT_EQ(at_hour(0x11), 11u);
  EXPECT_EQ(at_hour(0x92), 12u);
  EXPECT_EQ(at_hour(0x91), 23u);
}

TEST(X86Rtc, RefusesWhatIsNoDate) {
  EXPECT_EQ(decode_rtc({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), 0u);
  EXPECT_EQ(decode_rtc({0, 0, 0, 0, 0, 0, 0, 0}), 0u);
  EXPECT_EQ(decode_rtc({0, 0, 0, 1, 1, 0x69, 0x19, 0b010}), 0u);
}

}  // namespace
