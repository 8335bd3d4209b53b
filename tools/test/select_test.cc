// SPDX-License-Identifier: ISC
#include "test/select.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

constexpr std::string_view suites[] = {"unit", "redoxfs", "system"};

TEST(Select, AFilterThatBeginsWithASuiteReachesThatSuiteOnly) {
  EXPECT_TRUE(reaches({"system/threads"}, "system", suites));
  EXPECT_FALSE(reaches({"system/threads"}, "unit", suites));
}

TEST(Select, OtherFiltersReachEverySuite) {
  for (const char* filter : {"effects", "/threads", "Tsl/Random", "unit"})
    EXPECT_TRUE(reaches({filter}, "redoxfs", suites)) << filter;
  EXPECT_TRUE(reaches({}, "redoxfs", suites));
  EXPECT_TRUE(reaches({"system/threads", "effects"}, "redoxfs", suites));
}

}  // namespace
}  // namespace bactrian
