// SPDX-License-Identifier: ISC
#include "test/compare.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

TEST(Compare, EqualIsEmpty) {
  EXPECT_EQ(difference("a\nb\n", "a\nb\n"), "");
}

TEST(Compare, NamesTheLine) {
  std::string text = difference("a\nb\nc\n", "a\nx\nc\n");
  EXPECT_NE(text.find("line 2"), std::string::npos);
  EXPECT_NE(text.find("expected: b"), std::string::npos);
  EXPECT_NE(text.find("got:      x"), std::string::npos);
}

TEST(Compare, OneEndsEarly) {
  EXPECT_NE(difference("a\nb\n", "a\n").find("got:      (the end)"), std::string::npos);
  EXPECT_NE(difference("", "a\n").find("expected: (the end)"), std::string::npos);
}

TEST(Compare, ControlBytesAreShown) {
  EXPECT_NE(difference("a", "\x01").find("\\x01"), std::string::npos);
}

TEST(Compare, Tail) {
  EXPECT_EQ(tail("a\nb\nc\n", 2), "  b\n  c\n");
  EXPECT_EQ(tail("a", 5), "  a\n");
  EXPECT_EQ(tail("", 5), "");
}

}  // namespace
}  // namespace bactrian
