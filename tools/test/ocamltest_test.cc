// SPDX-License-Identifier: ISC
#include "test/ocamltest.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

using Words = std::vector<std::string>;

TEST(Ocamltest, PlainHeader) {
  OcamlTest test = parse_ocamltest("(* TEST *)\nlet x = 1\n");
  EXPECT_EQ(test.not_run, "");
  EXPECT_EQ(test.exit_status, 0);
}

TEST(Ocamltest, NoHeader) {
  EXPECT_NE(parse_ocamltest("let x = 1").not_run, "");
}

TEST(Ocamltest, Settings) {
  OcamlTest test = parse_ocamltest(
      "(* TEST\n flags += \" -w a \";\n modules = \"prim.c other.ml\";\n include unix;\n"
      " hasunix; (* a comment; with a semicolon *)\n exit_status = \"2\";\n"
      " { ocamlopt_flags = \"-wrong\"; bytecode; }{ ocamlrunparam += \",d=1\"; native; }\n*)");
  EXPECT_EQ(test.flags, (Words{"-w", "a"}));
  EXPECT_EQ(test.modules, (Words{"prim.c", "other.ml"}));
  EXPECT_EQ(test.includes, (Words{"unix"}));
  EXPECT_EQ(test.exit_status, 2);
  EXPECT_TRUE(test.native_flags.empty());
  EXPECT_EQ(test.runparam, "d=1");
  EXPECT_EQ(test.not_run, "");
}

TEST(Ocamltest, HeaderBelow) {
  OcamlTest test =
      parse_ocamltest("(* TEST_BELOW\n(* blank *)\n*)\nlet x = 1\n(* TEST\n flags = \"-g\";\n*)");
  EXPECT_EQ(test.flags, (Words{"-g"}));
}

TEST(Ocamltest, WhatHasNoProgram) {
  EXPECT_NE(parse_ocamltest("(* TEST expect; *)").not_run, "");
  EXPECT_NE(parse_ocamltest("(* TEST toplevel; *)").not_run, "");
  EXPECT_NE(parse_ocamltest("(* TEST setup-ocamlc.byte-build-env; ocamlc.byte; *)").not_run, "");
  EXPECT_EQ(
      parse_ocamltest("(* TEST { a; }{ reason = \"why not\"; skip; { bytecode; }{ native; } } *)").not_run,
      "why not");
}

}  // namespace
}  // namespace bactrian
