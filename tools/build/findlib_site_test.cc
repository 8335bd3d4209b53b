// SPDX-License-Identifier: ISC
#include "build/findlib_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/dune_build.h"
#include "build/shim.h"

namespace bactrian {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(FindlibSite, ReadsTheLibrariesOfTheLock) {
  EXPECT_THAT(
      locked_libraries("# library no thing\nsource  a 1 sid 00 a.tar\nlibrary b src-b\nlibrary c s b\n"),
      ElementsAre("b", "c"));
}

TEST(FindlibSite, KnowsPpxRewriters) {
  EXPECT_TRUE(describes_ppx("version = \"1\"\nlibrary_kind = \"ppx_rewriter\"\n"));
  EXPECT_TRUE(describes_ppx("package \"show\" ( library_kind = \"ppx_deriver\" )"));
  EXPECT_FALSE(describes_ppx("requires = \"ppx_derivers\""));
}

TEST(FindlibSite, NamesRootPackages) {
  EXPECT_EQ(root_package("a.b.c"), "a");
  EXPECT_EQ(root_package("a"), "a");
}

TEST(DuneMessages, NameTheMissingLibrary) {
  EXPECT_EQ(missing_library("File \"dune\", line 1\nError: Library \"zarith\" not found.\n"), "zarith");
  EXPECT_EQ(missing_library("Error: Unbound module Zarith"), "");
  EXPECT_EQ(missing_library("\" not found"), "");
}

TEST(Shim, TakesOverTheTargetsCompilerToo) {
  EXPECT_THAT(shim_script("aarch64_bactrian-ocamlopt", "/c/o"), HasSubstr("BACTRIAN_RECORDER"));
  EXPECT_THAT(shim_script("aarch64_bactrian-ocamlc", "/c/o"), Not(HasSubstr("BACTRIAN_RECORDER")));
}

}  // namespace
}  // namespace bactrian
