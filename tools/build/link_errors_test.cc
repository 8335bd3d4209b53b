// SPDX-License-Identifier: ISC
#include "build/link_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* messages =
    "/usr/bin/ld: /opt/lib/libfoo_stubs.a(stub.o): in function `foo_do':\n"
    "stub.c:(.text+0x14): undefined reference to `regcomp_foo'\n"
    "ld: stub.c:(.text+0x24): undefined reference to `regcomp_foo'\n"
    "ld: main.o:(.text+0x3): undefined reference to `other'\n";

TEST(LinkErrors, ReadsUndefinedNames) {
  EXPECT_THAT(read_complaints(messages).undefined, ElementsAre("regcomp_foo", "other"));
}

TEST(LinkErrors, ReadsLowAddresses) {
  const auto complaints = read_complaints(
      "ld: /a/libz.a(z.o): in function `deflate':\n"
      "(.text+0x5): relocation truncated to fit: R_X86_64_32 against `.rodata'\n");
  EXPECT_THAT(complaints.non_pic, ElementsAre("libz.a(z.o)"));
  EXPECT_THAT(
      explain_link_failure("ld: m.o:(.text+0x5): relocation truncated to fit: R_X86_64_32", {}).message,
      HasSubstr("m.o"));
}

TEST(LinkErrors, NamesTheAbsentLibrary) {
  const auto error = explain_link_failure(messages, {{.kind = LinkInput::Kind::library, .path = "gmp"}});
  EXPECT_THAT(error.message, HasSubstr("regcomp_foo"));
  EXPECT_THAT(error.remedy, HasSubstr("gmp"));
}

TEST(LinkErrors, TellsOfTheLibraryOfCxx) {
  EXPECT_THAT(explain_link_failure("ld: a.o:(.text+0x3): undefined reference to `_Znwm'\n", {}).remedy,
              HasSubstr("C++"));
}

TEST(LinkErrors, KeepsOtherMessages) {
  EXPECT_THAT(explain_link_failure("ld: cannot open linker script\n", {}).message,
              HasSubstr("linker script"));
  EXPECT_THAT(
      explain_link_failure("ld: b.o: multiple definition of `f'; a.o: first defined here\n", {}).message,
      HasSubstr("more than once: f"));
}

}  // namespace
}  // namespace bactrian
