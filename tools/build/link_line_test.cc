// SPDX-License-Identifier: ISC
#include "build/link_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Every library is in the last of the folders, but "absent".
fs::path in_last(const std::string& name, const std::vector<fs::path>& folders) {
  return name == "absent" || folders.empty() ? fs::path() : folders.back() / ("lib" + name + ".a");
}

std::vector<std::string> describe(const LinkLine& line) {
  std::vector<std::string> result;
  for (const auto& input : line.inputs) {
    const char* kind = input.kind == LinkInput::Kind::object    ? "o "
                       : input.kind == LinkInput::Kind::archive ? "a "
                                                                : "l ";
    result.push_back(kind + input.path.string() + (input.whole ? " whole" : ""));
  }
  return result;
}

LinkLine parse(const std::vector<std::string>& arguments) {
  auto result = parse_link_line(arguments, in_last);
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.value();
}

TEST(LinkLine, KeepsTheOrderOfInputs) {
  const auto line = parse({"-o", "bin/main.exe", "-Llib", "-L/usr/lib/ocaml", "/tmp/camlstartup1.o", "main.o",
                           "lib/x.a", "-lunixnat", "/usr/lib/ocaml/libasmrun.a", "-lm", "-lpthread"});
  EXPECT_EQ(line.output, "bin/main.exe");
  EXPECT_FALSE(line.compiles);
  EXPECT_THAT(describe(line), ElementsAre("o /tmp/camlstartup1.o", "o main.o", "a lib/x.a",
                                          "a /usr/lib/ocaml/libunixnat.a", "a /usr/lib/ocaml/libasmrun.a"));
}

TEST(LinkLine, SearchesFoldersNamedLater) {
  EXPECT_THAT(describe(parse({"-lz", "-L", "/z", "-labsent"})), ElementsAre("a /z/libz.a", "l absent"));
}

TEST(LinkLine, SortsFlags) {
  const auto line = parse({"-O2", "-Wl,-E", "-static", "-Wl,--wrap=malloc", "-u", "keep",
                           "-Wl,--whole-archive,w.a,--no-whole-archive", "-Wl,-rpath,/x"});
  EXPECT_THAT(line.linker_flags, ElementsAre("--wrap=malloc", "--undefined=keep"));
  EXPECT_THAT(describe(line), ElementsAre("a w.a whole"));
}

TEST(LinkLine, TellsACompilation) {
  EXPECT_TRUE(parse({"-O2", "-c", "stub.c"}).compiles);
}

TEST(LinkLine, LeavesTheLibraryOfCxxOut) {
  EXPECT_THAT(describe(parse({"a.o", "-lstdc++"})), ElementsAre("o a.o"));
}

TEST(LinkLine, RefusesWhatCannotBeLinked) {
  EXPECT_THAT(parse_link_line({"libz.so.1"}, in_last).error().message, HasSubstr("shared library"));
}

TEST(LinkLine, ReadsResponseFiles) {
  const auto folder = TempFolder::create("link-line");
  const fs::path file = folder.value().path() / "resp";
  ASSERT_TRUE(write_file(file, "-o 'a b.exe'\n\"c d.o\" e\\ f.o\n").ok());
  const auto line = parse({"@" + file.string()});
  EXPECT_EQ(line.output, "a b.exe");
  EXPECT_THAT(describe(line), ElementsAre("o c d.o", "o e f.o"));
}

}  // namespace
}  // namespace bactrian
