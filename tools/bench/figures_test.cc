// SPDX-License-Identifier: ISC
#include "bench/figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bactrian {
namespace {

const Figures sample = {
    .versions = {{"QEMU", "7.2"}},
    .figures = {{.name = "nbody", .unit = "s", .bare = 0.5, .linux_peer = 1.0, .note = "floats"},
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

}  // namespace
}  // namespace bactrian
