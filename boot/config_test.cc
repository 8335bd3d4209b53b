// SPDX-License-Identifier: ISC

// Reading limine.conf, good and bad.

#include <boot/config.h>

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace {
using namespace loader;

constexpr const char* plain = R"(timeout: 0

# a comment: with a colon
/Bactrian
    protocol: limine
    kernel_path: boot():/boot/kernel.elf
    cmdline: one two: three
    module_path: boot():/boot/bundle.tar
    module_cmdline: of the bundle
    module_path: /other
    comment: shown by Limine
)";

TEST(Config, ReadsWhatOurImagesHave) {
  Entry entry;
  const ConfigProblem problem = read_config(plain, entry);
  ASSERT_EQ(problem.text, nullptr) << problem.text << problem.line;
  EXPECT_EQ(entry.title, "Bactrian");
  EXPECT_EQ(entry.kernel, "/boot/kernel.elf");
  EXPECT_EQ(entry.command_line, "one two: three");
  ASSERT_EQ(entry.module_count, 2u);
  EXPECT_EQ(entry.modules[0].path, "/boot/bundle.tar");
  EXPECT_EQ(entry.modules[0].command_line, "of the bundle");
  EXPECT_EQ(entry.modules[1].path, "/other");
}

TEST(Config, TakesNewNamesAnyCaseAndCarriageReturns) {
  Entry entry;
  EXPECT_EQ(read_config("/A\r\nPROTOCOL: limine\r\nPath: /k\r\nKernel_Cmdline: x\r\n", entry).text, nullptr);
  EXPECT_EQ(entry.kernel, "/k");
  EXPECT_EQ(entry.command_line, "x");
}

TEST(Config, BootsTheDefaultEntry) {
  Entry entry;
  const std::string two = "/A\npath: /a\n/B\npath: /b\n";
  EXPECT_EQ(read_config(two, entry).text, nullptr);
  EXPECT_EQ(entry.kernel, "/a");
  const std::string second = "default_entry: 2\n" + two;
  EXPECT_EQ(read_config(second, entry).text, nullptr);
  EXPECT_EQ(entry.kernel, "/b");
  const std::string three = two + "/C\nprotocol: linux\n";
  EXPECT_EQ(read_config(three, entry).text, nullptr) << "the others are not looked at";
}

void expect_problem(const std::string& text, const char* part, unsigned line) {
  Entry entry;
  const ConfigProblem problem = read_config(text, entry);
  ASSERT_NE(problem.text, nullptr) << text;
  EXPECT_NE(std::string(problem.text).find(part), std::string::npos) << problem.text;
  EXPECT_EQ(problem.line, line) << text;
}

TEST(Config, SaysWhatIsWrong) {
  expect_problem("", "no entry", 0);
  expect_problem("timeout: 0\n", "no entry", 0);
  expect_problem("/A\nprotocol: limine\n", "names no kernel", 0);
  expect_problem("/A\nprotocol: linux\n", "protocol", 2);
  expect_problem("/A\nnonsense\n", "neither an entry", 2);
  expect_problem("/A\n//B\n", "within entries", 2);
  expect_problem("/A\npath: hdd(1:1):/k\n", "boot volume", 2);
  expect_problem("/A\npath: k\n", "boot volume", 2);
  expect_problem("/A\npath: /k#abc\n", "hashes", 2);
  expect_problem("/A\npath: ${X}/k\n", "macros", 2);
  expect_problem("/A\nmodule_cmdline: x\n", "without a module", 2);
  expect_problem("default_entry: 0\n/A\n", "default_entry", 1);
  expect_problem("default_entry: x\n/A\n", "default_entry", 1);
  expect_problem("default_entry: 3\n/A\npath: /k\n", "names no entry", 0);
  std::string many = "/A\n";
  for (unsigned i = 0; i <= Entry::max_modules; ++i) many += "module_path: /m\n";
  expect_problem(many, "too many modules", Entry::max_modules + 2);
}

TEST(Config, SurvivesAnything) {
  std::mt19937 random{1};
  const std::string words[] = {
      "/", "//",      "path", "module_path", "default_entry",      ":",   " ", "\n", "\r",
      "#", "boot():", "1",    "${",          std::string(1, '\0'), "\xff"};
  for (unsigned round = 0; round < 20'000; ++round) {
    std::string text;
    for (unsigned i = random() % 40; i > 0; --i) text += words[random() % std::size(words)];
    Entry entry;
    if (read_config(text, entry).text == nullptr) {
      EXPECT_TRUE(entry.kernel.starts_with('/')) << text;
    }
  }
}

}  // namespace
