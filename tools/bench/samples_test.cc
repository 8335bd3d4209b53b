// SPDX-License-Identifier: ISC
#include "bench/samples.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace bactrian {
namespace {

TEST(Samples, TheLeastCounts) {
  Samples samples;
  samples.add("nbody 1.50\nother 2\n");
  samples.add("nbody 1.25\r\n");
  samples.add("nbody 1.75");
  EXPECT_EQ(samples.least("nbody"), 1.25);
  EXPECT_EQ(samples.least("other"), 2);
  EXPECT_FALSE(samples.least("absent"));
}

TEST(Samples, OtherLinesDoNot) {
  Samples samples;
  samples.add("a 1.5s\nb -1\nc 0\nd nan\ne inf\nf\n 3\ng \n\n[ 0.1] kernel text\nh 1 2\n");
  for (const char* name : {"a", "b", "c", "d", "e", "f", "", "g", "[", "h"}) {
    EXPECT_FALSE(samples.least(name)) << name;
  }
}

TEST(Samples, TakesAnyBytes) {
  std::minstd_rand random(7);
  const std::string_view letters = "ab 01.-e\n\0\xff";
  for (int i = 0; i < 2000; ++i) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = letters[random() % letters.size()];
    Samples samples;
    samples.add(text);
    for (const char* name : {"a", "b"}) {
      EXPECT_GT(samples.least(name).value_or(1), 0) << text;
    }
  }
}

TEST(LeastThatWorks, IsFoundWhereverItIs) {
  for (uint64_t from : {0, 3}) {
    for (uint64_t least = from + 1; least <= 40; ++least) {
      uint64_t tries = 0;
      auto found = least_that_works(from, 40, [&](uint64_t count) -> Result<bool> {
        EXPECT_GT(count, from);
        EXPECT_LE(count, 40u);
        ++tries;
        return count >= least;
      });
      ASSERT_TRUE(found);
      EXPECT_EQ(found.value(), least);
      EXPECT_LE(tries, 12u);
    }
  }
}

TEST(LeastThatWorks, SaysThatNothingDoes) {
  EXPECT_FALSE(least_that_works(0, 40, [](uint64_t) -> Result<bool> { return false; }));
  EXPECT_FALSE(least_that_works(50, 40, [](uint64_t) -> Result<bool> { return true; }));
  auto failed = least_that_works(0, 40, [](uint64_t) -> Result<bool> { return Error{.message = "why"}; });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "why");
}

}  // namespace
}  // namespace bactrian
