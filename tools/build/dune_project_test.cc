// SPDX-License-Identifier: ISC
#include "build/dune_project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names(std::string_view text) {
  auto result = executables_of(text);
  EXPECT_TRUE(result.ok());
  return result.ok() ? result.value() : std::vector<std::string>();
}

TEST(DuneFile, NamesExecutables) {
  EXPECT_THAT(names("(executable (name main) (libraries x))"), ElementsAre("main.exe"));
  EXPECT_THAT(names("(executables (names a b))(library (name l))"), ElementsAre("a.exe", "b.exe"));
  EXPECT_THAT(names("(subdir bin (executable (name m)))"), ElementsAre("bin/m.exe"));
  EXPECT_THAT(names("(test (name t)) (tests (names u v))"), IsEmpty());
}

TEST(DuneFile, LeavesOutOtherModes) {
  EXPECT_THAT(names("(executable (name m) (modes byte js))"), IsEmpty());
  EXPECT_THAT(names("(executable (name m) (modes (native shared_object)))"), IsEmpty());
  EXPECT_THAT(names("(executable (name m) (modes byte exe))"), ElementsAre("m.exe"));
  EXPECT_THAT(names("(executable (name m) (modes (best exe)))"), ElementsAre("m.exe"));
}

class DuneFolder : public testing::Test {
 protected:
  void put(const std::string& name, std::string_view text) {
    ASSERT_TRUE(write_file(folder_.value().path() / name, text).ok());
  }
  fs::path path(const std::string& name = "") { return folder_.value().path() / name; }
  Result<TempFolder> folder_ = TempFolder::create("dune-test");
};

TEST_F(DuneFolder, FindsTheOnlyExecutable) {
  put("dune-project", "(lang dune 3.0)");
  put("bin/dune", "(executable (name main))");
  put("test/dune", "(test (name t))");
  put("_build/default/bin/dune", "(executable (name copy))");
  put("dune", "(vendored_dirs vendor)");
  put("vendor/x/dune", "(executable (name x))");
  const auto target = find_dune_target(path());
  ASSERT_TRUE(target.ok()) << target.error().message;
  EXPECT_EQ(target.value().executable, "bin/main.exe");
  EXPECT_EQ(target.value().root, path().parent_path());
}

TEST_F(DuneFolder, KnowsWhichPackagesNeedWhich) {
  put("dune-project", "(lang dune 3.0)");
  put("a/dune", "(library (name a_one) (public_name a.one) (libraries unix a.two))");
  put("b/dune", "(library (name b) (public_name b) (libraries (re_export a.one)))(library (name inner))");
  put("c/dune",
      "(library (name c_x) (public_name c.x) (libraries (select m.ml from (b -> b.ml) (-> n.ml))))");
  put("d/dune", "(library (name d) (public_name d) (libraries a_one))");
  const auto packages = packages_of(path());
  ASSERT_TRUE(packages.ok());
  EXPECT_THAT(packages.value(), testing::UnorderedElementsAre(testing::Pair("a", IsEmpty()),
                                                              testing::Pair("b", ElementsAre("a")),
                                                              testing::Pair("c", ElementsAre("b")),
                                                              testing::Pair("d", ElementsAre("a"))));
}

TEST_F(DuneFolder, NamesSeveral) {
  put("dune-project", "(lang dune 3.0)");
  put("a/dune", "(executable (name one))");
  put("b/dune", "(executable (name two))");
  const auto target = find_dune_target(path());
  ASSERT_FALSE(target.ok());
  EXPECT_THAT(target.error().message, HasSubstr("a/one.exe, b/two.exe"));
  EXPECT_THAT(target.error().remedy, HasSubstr("a/one.exe"));
  // A folder below the root narrows the choice, and a name decides it.
  ASSERT_TRUE(find_dune_target(path("b")).ok());
  EXPECT_EQ(find_dune_target(path("b")).value().executable, "b/two.exe");
  ASSERT_TRUE(named_dune_target(path("a/one.exe")).ok());
  EXPECT_EQ(named_dune_target(path("a/one.exe")).value().executable, "a/one.exe");
  EXPECT_FALSE(named_dune_target(path("a/other.exe")).ok());
}

TEST_F(DuneFolder, FindsTheLibrariesThatAreNamed) {
  put("dune",
      "(executable (name m) (libraries unix (re_export fmt) (select a.ml from (lwt -> b.ml) (-> c.ml))))");
  put("lib/dune",
      "(subdir inner (library (name l) (libraries eqaf.bigstring) (preprocess (pps ppx_one -x))))");
  put("vendor/dune", "(vendored_dirs *)");
  put("vendor/v/dune", "(library (name v) (libraries base64))");
  put("vendor/w/dune", "(library (name w) (libraries");
  put("data/dune", "(data_only_dirs d)");
  put("data/d/dune", "(library (name d) (libraries of_no_use))");
  const auto found = named_libraries(path());
  ASSERT_TRUE(found.ok());
  for (const char* name : {"unix", "fmt", "lwt", "eqaf.bigstring", "ppx_one", "base64"})
    EXPECT_TRUE(found.value().contains(name)) << name;
  for (const char* name : {"l", "m", "v", "of_no_use"}) EXPECT_FALSE(found.value().contains(name)) << name;
}

TEST_F(DuneFolder, TellsWhatIsWrong) {
  EXPECT_THAT(find_dune_target(path()).error().message, HasSubstr("no dune project"));
  put("dune-project", "(lang dune 3.0)");
  EXPECT_THAT(find_dune_target(path()).error().message, HasSubstr("no executable"));
  put("bin/dune", "(executable\n (name main)");
  EXPECT_EQ(find_dune_target(path()).error().where, path("bin/dune").string() + ":1");
}

}  // namespace
}  // namespace bactrian
