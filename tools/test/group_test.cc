// SPDX-License-Identifier: ISC
#include "test/group.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

const std::vector<GroupMember> three = {{"a", "a.ml"}, {"b", "b.ml"}, {"c", "c.ml"}};

TEST(Group, CutsAtTheMarks) {
  auto outputs = split_group_output(three,
                                    "\x01<begin a\nA\n\x01<end a\n"
                                    "\x01<begin b\nB\x01<raised \"Failure\"\n\x01<end b\n"
                                    "\x01<begin c\n\x01<end c\n");
  EXPECT_EQ(outputs[0].out, "A\n");
  EXPECT_TRUE(outputs[0].ended);
  EXPECT_EQ(outputs[1].out, "B");
  EXPECT_EQ(outputs[1].exception, "\"Failure\"");
  EXPECT_TRUE(outputs[1].ended);
  EXPECT_EQ(outputs[2].out, "");
  EXPECT_TRUE(outputs[2].ended);
}

TEST(Group, SeesWhereTheImageEnded) {
  auto outputs = split_group_output(three, "\x01<begin a\nA\n\x01<end a\n\x01<begin b\nhalf");
  EXPECT_TRUE(outputs[1].begun);
  EXPECT_FALSE(outputs[1].ended);
  EXPECT_EQ(outputs[1].out, "half");
  EXPECT_FALSE(outputs[2].begun);
}

TEST(Group, MissingSource) {
  EXPECT_FALSE(group_source({{"a", "/no/such/file.ml"}}));
}

}  // namespace
}  // namespace bactrian
