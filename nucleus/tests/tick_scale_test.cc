// SPDX-License-Identifier: ISC

#include <platform/tick_scale.h>

#include <gtest/gtest.h>

namespace {
using nucleus::platform::TickScale;

constexpr std::uint64_t second = 1'000'000'000;

TEST(TickScale, IsExactAtRoundFrequencies) {
  constexpr TickScale ten_megahertz{10'000'000, 0};
  EXPECT_EQ(ten_megahertz.to_ns(1), 100u);
  EXPECT_EQ(ten_megahertz.to_ns(10'000'000ull * 86'400 * 365), second * 86'400 * 365);
  constexpr TickScale qemu_arm{62'500'000, 2 * second};
  EXPECT_EQ(qemu_arm.to_ns(0), 2 * second);
  EXPECT_EQ(qemu_arm.to_ns(62'500'000), 3 * second);
}

TEST(TickScale, LosesLittleAtOddFrequencies) {
  constexpr TickScale odd{19'200'000, 0};
  const std::uint64_t year = odd.to_ns(19'200'000ull * 86'400 * 365);
  EXPECT_NEAR(static_cast<double>(year), static_cast<double>(second) * 86'400 * 365, 1e8);
}

TEST(TickScale, AlarmsAreNeverEarlyAndHardlyLate) {
  for (std::uint64_t frequency :
       {1'000'000ull, 10'000'000ull, 19'200'000ull, 62'500'000ull, 1'000'000'000ull}) {
    const TickScale scale{frequency, 2 * second};
    for (std::uint64_t delay : {0ull, 1ull, 999ull, 1'000'000ull, 1'000'000'000ull, 60'000'000'000ull}) {
      const std::uint64_t now = 123'456'789;
      const std::uint64_t reached = scale.to_ns(scale.ticks_after(now, delay)) - scale.to_ns(now);
      EXPECT_GE(reached, delay) << frequency;
      EXPECT_LE(reached, delay + 2 * second / frequency + 1'000 + delay / 1'000'000) << frequency;
    }
  }
}

TEST(TickScale, CutsEndlessDelays) {
  const TickScale scale{10'000'000, 0};
  EXPECT_GT(scale.ticks_after(1'000, ~std::uint64_t{0}), 1'000u);
  EXPECT_LT(scale.ticks_after(1'000, ~std::uint64_t{0}), std::uint64_t{1} << 40);
}

}  // namespace
