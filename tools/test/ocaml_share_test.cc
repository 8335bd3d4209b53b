// SPDX-License-Identifier: ISC
#include "test/ocaml_share.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

bool shares(std::string_view program, const char* suffix = "") {
  TempFolder folder = TempFolder::create("bactrian-test").value();
  fs::path source = folder.path() / "t.ml";
  EXPECT_TRUE(write_file(source, program).ok());
  if (*suffix != '\0') EXPECT_TRUE(write_file(folder.path() / (std::string("t") + suffix), "").ok());
  auto result = may_share({.name = "x/t", .source = source});
  EXPECT_TRUE(result.ok());
  return result.ok() && result.value();
}

TEST(OcamlShare, WhatMayShare) {
  EXPECT_TRUE(shares("(* TEST *) let () = print_endline \"x\""));
  EXPECT_TRUE(shares("(* TEST flags = \"-w -a\"; include str; *) let x = 1"));
  EXPECT_FALSE(shares("(* TEST include testing; *) let x = 1"));
  EXPECT_FALSE(shares("(* TEST *) let () = exit 3"));
  EXPECT_FALSE(shares("(* TEST *) let () = ignore (Domain.self ())"));
  EXPECT_FALSE(shares("(* TEST arguments = \"a\"; *) let x = 1"));
  EXPECT_FALSE(shares("(* TEST flags = \"-linkall\"; *) let x = 1"));
  EXPECT_FALSE(shares("(* TEST exit_status = \"2\"; *) let () = failwith \"x\""));
  EXPECT_FALSE(shares("(* TEST { native; }{ flags = \"-g\"; native; } *) let x = 1"));
  EXPECT_FALSE(shares("(* TEST *) let x = 1", ".run"));
}

TEST(OcamlShare, CutsAtTheMarks) {
  auto outputs = split_shared(3, "\x01<next>\none\n\x01<next>\n\x01<next>\nthr");
  EXPECT_TRUE(outputs[0].ended);
  EXPECT_EQ(outputs[0].out, "one\n");
  EXPECT_TRUE(outputs[1].ended);
  EXPECT_EQ(outputs[1].out, "");
  EXPECT_TRUE(outputs[2].begun);
  EXPECT_FALSE(outputs[2].ended);
  EXPECT_EQ(outputs[2].out, "thr");
}

TEST(OcamlShare, AnImageThatDoesNotStart) {
  EXPECT_FALSE(split_shared(2, "panic")[0].begun);
}

}  // namespace
}  // namespace bactrian
