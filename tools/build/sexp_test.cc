// SPDX-License-Identifier: ISC
#include "build/sexp.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

TEST(Sexp, ReadsStanzas) {
  const auto parsed = parse_sexps("(executable\n (name main) ; the program\n (libraries a b))\n(rule)");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed.value().size(), 2U);
  const Sexp& stanza = parsed.value()[0];
  EXPECT_TRUE(stanza.is_field("executable"));
  ASSERT_NE(stanza.field("libraries"), nullptr);
  EXPECT_EQ(stanza.field("libraries")->arguments(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(stanza.field("libraries")->line, 3U);
  EXPECT_EQ(stanza.field("modes"), nullptr);
  EXPECT_EQ(parsed.value()[1].line, 4U);
}

TEST(Sexp, SkipsComments) {
  const auto parsed = parse_sexps("#| a #| b |# (c |# x #;(y z) \"w;\\n\"");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed.value().size(), 2U);
  EXPECT_EQ(parsed.value()[0].atom, "x");
  EXPECT_EQ(parsed.value()[1].atom, "w;\n");
}

TEST(Sexp, ReadsLineStrings) {
  const auto parsed = parse_sexps("(echo \"\\| it's (raw\n )");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value()[0].arguments(), std::vector<std::string>{"it's (raw"});
}

TEST(Sexp, TellsTheLineOfAnError) {
  for (const char* text : {"\n(a (b)", "\n)", "\n\"a", "\n#| a"}) {
    const auto parsed = parse_sexps(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().where, "2") << text;
  }
}

}  // namespace
}  // namespace bactrian
