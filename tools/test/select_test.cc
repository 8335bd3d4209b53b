// SPDX-License-Identifier: ISC
#include "test/select.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

TEST(Select, AFilterThatBeginsWithASuiteReachesThatSuiteOnly) {
  const SuiteOptions options{.filters = {"system/threads"}};
  EXPECT_TRUE(reaches(options, "system"));
  EXPECT_FALSE(reaches(options, "unit"));
}

TEST(Select, OtherFiltersReachEverySuite) {
  for (const char* filter : {"effects", "/threads", "Tsl/Random", "unit"})
    EXPECT_TRUE(reaches({.filters = {filter}}, "redoxfs")) << filter;
  EXPECT_TRUE(reaches({}, "redoxfs"));
  EXPECT_TRUE(reaches({.filters = {"system/threads", "effects"}}, "redoxfs"));
}

}  // namespace
}  // namespace bactrian
