// SPDX-License-Identifier: ISC
#include "build/compiler_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* stock = R"(version: 5.4.1
standard_library_default: /usr/lib/ocaml
standard_library: /opt/ocaml
native_c_compiler: gcc -O2 -D_FILE_OFFSET_BITS=64
architecture: amd64
system: linux
flambda: false
tsan: false
)";

CompilerConfig parse(const std::string& text) {
  auto result = CompilerConfig::parse(text);
  EXPECT_TRUE(result.ok());
  return result.value();
}

TEST(CompilerConfig, ReadsFields) {
  const auto config = parse(stock);
  EXPECT_EQ(config.version(), "5.4.1");
  EXPECT_EQ(config.release(), std::pair(5U, 4U));
  EXPECT_EQ(config.standard_library(), "/opt/ocaml");
  EXPECT_EQ(config.field("native_c_compiler"), "gcc -O2 -D_FILE_OFFSET_BITS=64");
  EXPECT_EQ(config.field("no such field"), "");
  EXPECT_FALSE(config.is_oxcaml());
  EXPECT_FALSE(CompilerConfig::parse("hello\n").ok());
}

TEST(CompilerConfig, AcceptsAStockCompiler) {
  const auto report = judge(parse(stock), Arch::x86_64);
  EXPECT_TRUE(report.fits);
  EXPECT_THAT(report.problems, IsEmpty());
}

/// The report on the stock configuration with one more line (the last one of a name counts).
CompilerReport with(const std::string& line, Arch arch = Arch::x86_64) {
  return judge(parse(stock + line), arch);
}

TEST(CompilerConfig, RefusesWithAReason) {
  EXPECT_THAT(with("version: 4.14.2").problems, ElementsAre(HasSubstr("5.1 or newer")));
  EXPECT_THAT(with("version: 5.0.0").problems, ElementsAre(HasSubstr("5.1 or newer")));
  EXPECT_THAT(with("tsan: true").problems, ElementsAre(HasSubstr("thread sanitizer")));
  EXPECT_THAT(with("no_stack_checks: true").problems, ElementsAre(HasSubstr("stack checks")));
  EXPECT_THAT(with("system: macosx").problems, ElementsAre(HasSubstr("ELF")));
  EXPECT_THAT(with("architecture: arm64").problems, ElementsAre(HasSubstr("arm64")));
  EXPECT_THAT(with("", Arch::riscv64).problems, ElementsAre(HasSubstr("cross compiler")));
  EXPECT_THAT(with("native_c_compiler: gcc -fsanitize=address").problems,
              ElementsAre(HasSubstr("sanitizer")));
}

TEST(CompilerConfig, KnowsOxCaml) {
  const auto report = with("version: 5.2.0+ox\nox: true\nflambda2: true");
  EXPECT_TRUE(report.fits);
  EXPECT_THAT(report.facts, testing::Contains("version: 5.2.0+ox (OxCaml)"));
  EXPECT_THAT(report.facts, testing::Contains("flambda2: yes"));
}

}  // namespace
}  // namespace bactrian
