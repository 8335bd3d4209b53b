// SPDX-License-Identifier: ISC
#include "test/case.h"

#include <gtest/gtest.h>

#include "support/root.h"

namespace bactrian {
namespace {

TEST(Case, WithoutRunLineSharesAnImage) {
  auto parsed = parse_case("a", "a.ml", " What it is.\n only: x86_64 hosted ");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed.value().shares_image);
  EXPECT_EQ(parsed.value().runs.size(), 1u);
  EXPECT_TRUE(parsed.value().runs_on("hosted"));
  EXPECT_FALSE(parsed.value().runs_on("riscv64"));
}

TEST(Case, CanRunAProgramThatLiesElsewhere) {
  auto parsed = parse_case("a", "folder", "program: lib/x/test/laws.exe\nrun: stdout=any");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed.value().program, project_root() / "lib/x/test/laws.exe");
}

TEST(Case, ReadsEverySetting) {
  auto parsed =
      parse_case("a", "a.ml",
                 "run: args='one|two words||\\xc3\\xa9' env=A=1|B= status=0,2 cpus=4 memory=64M full\n"
                 "   run: stdin='x\\ny' stdout=any stderr-has='it\\'s'\n"
                 "run: stdin=closed expected=b.expected\n"
                 "run: stdin=pattern:10 stdout=sha256:abc");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto& runs = parsed.value().runs;
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[0].args, (std::vector<std::string>{"one", "two words", "", "\xc3\xa9"}));
  EXPECT_EQ(runs[0].env, (std::vector<std::string>{"A=1", "B="}));
  EXPECT_EQ(runs[0].statuses, (std::set<int>{0, 2}));
  EXPECT_EQ(runs[0].cpus, 4u);
  EXPECT_EQ(runs[0].memory, "64M");
  EXPECT_TRUE(runs[0].full);
  EXPECT_EQ(runs[0].expected, "a.expected");
  EXPECT_EQ(runs[1].stdin_text, "x\ny");
  EXPECT_EQ(runs[1].rule, StdoutRule::any);
  EXPECT_EQ(runs[1].stderr_has, "it's");
  EXPECT_EQ(runs[2].stdin_kind, StdinKind::closed);
  EXPECT_EQ(runs[2].expected, "b.expected");
  EXPECT_EQ(runs[3].stdin_bytes, 10u);
  EXPECT_EQ(runs[3].rule, StdoutRule::digest);
}

TEST(Case, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(parse_case("a", "a.ml", "run: colour=green"));
  EXPECT_FALSE(parse_case("a", "a.ml", "run: cpus=many"));
  EXPECT_FALSE(parse_case("a", "a.ml", "run: args='open"));
  EXPECT_FALSE(parse_case("a", "a.ml", "run: args='\\q'"));
}

TEST(Case, FirstComment) {
  EXPECT_EQ(first_comment("(* a *)\nlet x = 1 (* b *)"), " a ");
  EXPECT_EQ(first_comment("let x = 1 (* b *)"), "");
}

TEST(Case, PatternHasEveryByte) {
  std::string bytes = pattern_bytes(4096);
  EXPECT_EQ(std::set<char>(bytes.begin(), bytes.end()).size(), 256u);
}

}  // namespace
}  // namespace bactrian
