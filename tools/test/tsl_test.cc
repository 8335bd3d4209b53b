// SPDX-License-Identifier: ISC
#include "test/tsl.h"

#include <gtest/gtest.h>

#include <random>

namespace bactrian {
namespace {

using Kind = TslStatement::Kind;

TslBlock parse(std::string_view source) {
  auto parsed = parse_tsl(source);
  EXPECT_TRUE(parsed.ok()) << parsed.error().where << ": " << parsed.error().message;
  return parsed.ok() && parsed.value() ? *parsed.value() : TslBlock{};
}

std::string error_in(std::string_view source) {
  auto parsed = parse_tsl(source);
  return parsed.ok() ? "" : parsed.error().where + ": " + parsed.error().message;
}

TEST(Tsl, NoHeader) {
  EXPECT_FALSE(parse_tsl("").value());
  EXPECT_FALSE(parse_tsl("let x = 1 (* TEST *)").value());
  EXPECT_FALSE(parse_tsl("(* a test *)").value());
}

TEST(Tsl, EmptyHeaders) {
  EXPECT_TRUE(parse_tsl("(* TEST *)\nlet x = 1").value());
  EXPECT_TRUE(parse_tsl("  \n/* TEST */").value());
}

TEST(Tsl, Statements) {
  TslBlock block = parse(
      "(* TEST\n flags = \"-w a\"; set FOO = \"x\"; flags += \"-g\";\n include unix; unset BAR;\n"
      " (* a comment; (* nested \" *) *) native with a, b;\n hasunix;\n*)");
  ASSERT_EQ(block.statements.size(), 7u);
  EXPECT_EQ(block.statements[0].kind, Kind::assign);
  EXPECT_EQ(block.statements[0].value, "-w a");
  EXPECT_TRUE(block.statements[1].declares);
  EXPECT_EQ(block.statements[2].kind, Kind::append);
  EXPECT_EQ(block.statements[3].kind, Kind::include);
  EXPECT_EQ(block.statements[3].name, "unix");
  EXPECT_EQ(block.statements[4].kind, Kind::unset);
  EXPECT_EQ(block.statements[5].modifiers, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(block.statements[6].kind, Kind::action);
}

TEST(Tsl, Blocks) {
  TslBlock block = parse("(* TEST a; { b; { c; } }{ } *)");
  ASSERT_EQ(block.blocks.size(), 2u);
  EXPECT_EQ(block.blocks[0].blocks[0].statements[0].name, "c");
}

TEST(Tsl, StringsOverLines) {
  EXPECT_EQ(parse("(* TEST x = \"a\\\n    \\ b\\c\"; *)").statements[0].value, "a b\\c");
}

TEST(Tsl, HeaderBelow) {
  EXPECT_EQ(parse("(* TEST_BELOW\n blank *)\nlet x = 1\n(* TEST\n a;\n*)").statements[0].name, "a");
  EXPECT_NE(error_in("(* TEST_BELOW *)"), "");
}

TEST(Tsl, Errors) {
  EXPECT_EQ(error_in("(* TEST\n\n a ^;"), "line 3: the header of the test: unexpected '^'");
  EXPECT_NE(error_in("(* TEST a"), "");
  EXPECT_NE(error_in("(* TEST x = \"a"), "");
  EXPECT_NE(error_in("(* TEST (* "), "");
  EXPECT_NE(error_in("(* TEST { a; *)"), "");
  EXPECT_NE(error_in("(* TEST } *)"), "");
  EXPECT_NE(error_in("(* TEST " + std::string(100000, '{')), "");
}

// Whatever the text, the parser comes to an end (the sanitizers watch).
TEST(Tsl, RandomTexts) {
  constexpr std::string_view pieces[] = {"a",       ";",   "{",    "}",      "\"",  "(*", "*)",
                                         "=",       "+=",  "with", ",",      " ",   "\\", "\n",
                                         "include", "set", "TEST", "_BELOW", "\x80"};
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    std::string text = "(* TEST";
    for (unsigned n = random() % 30; n > 0; --n) text += pieces[random() % std::size(pieces)];
    auto parsed = parse_tsl(text);
    if (!parsed.ok()) EXPECT_TRUE(parsed.error().where.starts_with("line ")) << text;
  }
}

}  // namespace
}  // namespace bactrian
