// SPDX-License-Identifier: ISC
#include "image/config.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

Error problem_of(const std::string& text) {
  auto config = parse_image_config(text, "/some/where/image.toml");
  EXPECT_FALSE(config.ok()) << text;
  return config.ok() ? Error{} : config.error();
}

TEST(ImageConfig, ReadsEverything) {
  const auto folder = TempFolder::create("image-config");
  ASSERT_TRUE(folder.ok());
  const fs::path here = folder.value().path();
  ASSERT_TRUE(write_file(here / "notes.txt", "x").ok());
  const auto config = parse_image_config(
      "kind = \"program\"\nprogram = \"a/hello.ml\"\npackages = [\"str\"]\nargs = [\"x\", \"y z\"]\n"
      "console = \"text\"\ndata = \"16M\"\ndata_from = \"notes.txt\"\ncommand_line = \"quiet\"\n[env]\nLANG "
      "= \"C\"\n"
      "[files]\n\"/data/notes.txt\" = \"notes.txt\"\n",
      here / "image.toml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  const ImageConfig& c = config.value();
  EXPECT_EQ(c.program, here / "a/hello.ml") << "relative to the configuration";
  EXPECT_EQ(c.packages, std::vector<std::string>{"str"});
  EXPECT_EQ(c.args, (std::vector<std::string>{"x", "y z"}));
  EXPECT_EQ(c.env[0].second, "C");
  EXPECT_EQ(c.files[0].second, "/data/notes.txt");
  EXPECT_EQ(c.console, LinkMode::none);
  EXPECT_EQ(c.data_size, 16U << 20);
  EXPECT_EQ(c.data_from, here / "notes.txt");
  EXPECT_EQ(c.command_line, "quiet");
}

TEST(ImageConfig, ReadsASystem) {
  const auto folder = TempFolder::create("image-config");
  ASSERT_TRUE(folder.ok());
  const fs::path here = folder.value().path();
  ASSERT_TRUE(write_file(here / "ls.ml", "x").ok());
  const auto config = parse_image_config(
      "kind = \"system\"\n[programs]\n\"/bin/ls\" = \"ls.ml\"\n[files]\n\"/etc/x\" = \"ls.ml\"\n",
      here / "image.toml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  const ImageConfig& c = config.value();
  EXPECT_TRUE(c.system);
  EXPECT_EQ(c.data_size, 64U << 20);
  ASSERT_EQ(c.programs.size(), 1U);
  EXPECT_EQ(c.programs[0].first, here / "ls.ml");
  EXPECT_EQ(c.programs[0].second, "/bin/ls");
  EXPECT_EQ(c.files[0].second, "/etc/x");
  EXPECT_NE(problem_of("kind = \"system\"\nargs = [\"x\"]\n").message.find("has no 'args'"),
            std::string::npos);
  EXPECT_NE(problem_of("kind = \"program\"\nprogram = \"x\"\n[programs]\n").message.find("has no 'programs'"),
            std::string::npos);
}

TEST(ImageConfig, NamesFileAndLine) {
  const struct {
    const char* text;
    const char* line;
    const char* message;
  } cases[] = {
      {"kind = \"program\"\nprogram = \n", ":2", "not TOML"},
      {"# \u00e9\nkind = \"\u00e9\\\"\"\nk\u01f9 = 1\n", ":3", "not ASCII"},
      {"kind = '''\u00e9\n'''\nargs = ['\u00e9']\n", ":1", "no kind"},
      {"kind = \"program\"\n[!\nx = 1\n", ":2", "not TOML"},
      {"kind = \"program\"\nprogrm = \"x\"\n", ":2", "unknown name 'progrm'"},
      {"\n\nkind = \"sytem\"\n", ":3", "no kind 'sytem'"},
      {"program = \"x\"\n", "toml", "has no kind"},
      {"kind = \"program\"\n", "toml", "needs a program"},
      {"kind = 1\n", ":1", "not a text"},
      {"kind = \"program\"\nprogram = \"x\"\nargs = \"y\"\n", ":3", "not a list"},
      {"kind = \"program\"\nprogram = \"x\"\nargs = [\n\"y\",\n2]\n", ":5", "no text"},
      {"kind = \"program\"\nprogram = \"x\"\nenv = 3\n", ":3", "not a table"},
      {"kind = \"program\"\nprogram = \"x\"\n[env]\nA = 3\n", ":4", "not a text"},
      {"kind = \"program\"\nprogram = \"x\"\n[files]\n\"a\" = \"b\"\n", ":4", "not an absolute path"},
      {"kind = \"program\"\nprogram = \"x\"\n[files]\n\"/a\" = \"b\"\n", ":4", "no such file"},
      {"kind = \"program\"\nprogram = \"x\"\nconsole = \"vga\"\n", ":3", "no console 'vga'"},
      {"kind = \"program\"\nprogram = \"x\"\ndata = \"1.5K\"\n", ":3", "no size"},
      {"kind = \"program\"\nprogram = \"x\"\ndata = \"lots\"\n", ":3", "no size"},
      {"kind = \"program\"\nprogram = \"x\"\ndata = \"1M\"\n", ":3", "no size"},
      {"kind = \"program\"\nprogram = \"x\"\ndata = \"2M\"\ndata_from = \"b\"\n", ":4", "no such folder"},
      {"kind = \"program\"\nprogram = \"x\"\ndata_from = \"/\"\n", ":3", "there is none"},
  };
  for (const auto& c : cases) {
    const Error error = problem_of(c.text);
    EXPECT_NE(error.message.find(c.message), std::string::npos) << c.text << error.message;
    EXPECT_TRUE(error.where.ends_with(c.line)) << c.text << error.where;
    EXPECT_FALSE(error.remedy.empty()) << c.text;
  }
}

TEST(ImageConfig, SuggestsTheNearestName) {
  EXPECT_NE(problem_of("programm = \"x\"\n").remedy.find("did you mean 'program'"), std::string::npos);
}

}  // namespace
}  // namespace bactrian
