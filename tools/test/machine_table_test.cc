// SPDX-License-Identifier: ISC
#include "test/machine_table.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

TEST(MachineTable, ReadsAnEntryForEachNumberOfCpus) {
  const auto parsed = parse_machines("# words\n\naarch64  gic3 virt,gic-version=3  -   1,4*\n", "table");
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed.value().size(), 2u);
  const MachineEntry& second = parsed.value()[1];
  EXPECT_EQ(second.name, "gic3");
  EXPECT_EQ(second.arch, Arch::aarch64);
  EXPECT_EQ(second.machine, "virt,gic-version=3");
  EXPECT_EQ(second.cpu, "");
  EXPECT_EQ(second.cpus, 4u);
  EXPECT_TRUE(second.quick);
  EXPECT_FALSE(parsed.value()[0].quick);
}

TEST(MachineTable, NamesTheLineThatIsNone) {
  for (const char* bad : {"x86_64 q35 q35 max", "x86_64 q35 q35 max 1 2", "vax a - - 1", "x86_64 a - - 1,,2",
                          "x86_64 a - - 0", "x86_64 a - - 65", "x86_64 a - - 2**", "x86_64 a - - *"}) {
    const auto parsed = parse_machines("x86_64 good - - 1\n" + std::string(bad), "table");
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().where, "table:2") << bad;
    EXPECT_FALSE(parsed.error().remedy.empty()) << bad;
  }
}

}  // namespace
}  // namespace bactrian
