// SPDX-License-Identifier: ISC
#include "bench/figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace bactrian {
namespace {

const Figures sample = {
    .versions = {{"QEMU", "7.2"}},
    .figures = {{.name = "nbody", .unit = "s", .bare = 0.5, .linux_peer = 1.0, .note = "floats", .rounds = 3},
                {.name = "size", .unit = "KiB", .bare = 900, .note = "stripped"}},
    .failures = {"calls: no image"}};

TEST(Figures, Table) {
  std::string table = figures_table(sample);
  EXPECT_NE(table.find("| nbody  | 0.5000 |     1 |  0.50 |    s | floats"), std::string::npos) << table;
  EXPECT_NE(table.find("- QEMU: 7.2"), std::string::npos);
  EXPECT_NE(table.find("- calls: no image"), std::string::npos);
}

TEST(Figures, Json) {
  auto json = nlohmann::json::parse(figures_json(sample));
  EXPECT_EQ(json["figures"][0]["ratio"], 0.5);
  EXPECT_FALSE(json["figures"][1].contains("linux"));
  EXPECT_EQ(json["versions"]["QEMU"], "7.2");
  EXPECT_EQ(json["failures"].size(), 1u);
}

TEST(Figures, JsonIsReadAgain) {
  auto read = parse_figures(figures_json(sample));
  ASSERT_TRUE(read);
  EXPECT_EQ(figures_json(read.value()), figures_json(sample));
  EXPECT_EQ(read.value().find("nbody")->rounds, 3u);
  EXPECT_EQ(read.value().find("absent"), nullptr);
}

TEST(Figures, DamagedJsonIsRefused) {
  const std::string whole = figures_json(sample);
  for (size_t length = 0; length + 2 < whole.size(); ++length) {
    EXPECT_FALSE(parse_figures(whole.substr(0, length))) << length;
  }
  for (const char* text :
       {"[]", "1", "{}", R"({"figures":{},"failures":3})", R"({"figures":[{"name":1}],"failures":[]})"}) {
    EXPECT_FALSE(parse_figures(text)) << text;
  }
  std::minstd_rand random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string text = whole;
    text[random() % text.size()] = static_cast<char>(random());
    (void)parse_figures(text);  // any answer, but an answer
  }
}

TEST(Figures, Ratio) {
  EXPECT_EQ(sample.figures[0].ratio(), 0.5);
  EXPECT_FALSE(sample.figures[1].ratio());
  EXPECT_FALSE((Figure{.bare = 1, .linux_peer = 0}).ratio());
}

TEST(Figures, SetReplaces) {
  Figures figures = sample;
  figures.set({.name = "nbody", .unit = "s", .bare = 2});
  figures.set({.name = "new", .unit = "s", .bare = 3});
  ASSERT_EQ(figures.figures.size(), 3u);
  EXPECT_EQ(figures.figures[0].bare, 2);
  EXPECT_EQ(figures.figures[2].name, "new");
}

TEST(Figures, Comparable) {
  Figures a{.versions = {{"architecture", "x86_64"}, {"emulator", "7.2"}, {"sources", "abc"}, {"date", "1"}}};
  Figures b = a;
  b.versions[3].second = "2";
  EXPECT_TRUE(comparable(a, b));
  b.versions[1].second = "10";
  EXPECT_FALSE(comparable(a, b));
  a.versions[2].second = "abc-dirty";
  EXPECT_FALSE(comparable(a, a));
}

}  // namespace
}  // namespace bactrian
