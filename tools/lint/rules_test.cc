// SPDX-License-Identifier: ISC
#include "lint/rules.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

const std::string licence = "// SPDX-License-Identifier: ISC\n";

size_t complaints(std::string_view path, const std::string& content) {
  return check_text(path, content).size();
}

TEST(Lint, GoodTextIsGood) {
  EXPECT_EQ(complaints("tools/a.cc", licence + "int x;\n"), 0u);
  EXPECT_EQ(complaints("docs/a.md", "no licence needed\n"), 0u);
  EXPECT_EQ(complaints("tests/data.bin", std::string("\0 \n", 3)), 0u);
}

TEST(Lint, LicenceIsMissing) {
  EXPECT_EQ(complaints("tools/a.cc", "int x;\n"), 1u);
  EXPECT_EQ(complaints("tools/run", "#!/usr/bin/env bash\n"), 1u);
  EXPECT_EQ(complaints("tools/a.cc", "\n\n\n\n\n\n" + licence), 1u);
}

TEST(Lint, WhiteSpace) {
  EXPECT_EQ(complaints("docs/a.md", "word \nword\t\n"), 2u);
  EXPECT_EQ(complaints("tools/a.cc", licence + "int x;"), 1u);
}

TEST(Lint, MachinePaths) {
  const std::string home = std::string("/ho") + "me/";
  EXPECT_EQ(complaints("docs/a.md", "see " + home + "me/x\n"), 1u);
  EXPECT_EQ(complaints("docs/a.md", "see sub" + home + "x\n"), 0u);
}

TEST(Lint, ArchitectureMacrosInPortableParts) {
  const std::string text = licence + "#ifdef __x86_64__\n#endif\n";
  EXPECT_EQ(complaints("nucleus/core/frames.cc", text), 1u);
  EXPECT_EQ(complaints("nucleus/arch/x86_64/cpu.cc", text), 0u);
}

TEST(Lint, NamesOfMachinesBelowTheSystemCalls) {
  const auto in_core = [](const std::string& line) {
    return complaints("nucleus/core/frames.cc", licence + line + "\n");
  };
  EXPECT_EQ(in_core("int x86_64_frames;"), 1u);
  EXPECT_EQ(in_core("// As the GICv3 has it."), 1u);
  EXPECT_EQ(in_core("write_satp(root);"), 1u);
  EXPECT_EQ(in_core("// Read from ACPI, or the devicetree."), 1u);
  EXPECT_EQ(in_core("timer.arm(deadline);  // magical, sbinary, tscale"), 0u);
  const std::string text = licence + "// x86_64\n";
  EXPECT_EQ(complaints("nucleus/panic/panic.cc", text), 1u);
  EXPECT_EQ(complaints("nucleus/syscall/call_table.cc", text), 0u);
  EXPECT_EQ(complaints("nucleus/platform/x86/rtc.cc", text), 0u);
}

TEST(Lint, PortsStaySmall) {
  EXPECT_TRUE(check_ports({{"nucleus/arch/vax/a.cc", 2500}, {"nucleus/arch/contract.h", 9000}}).empty());
  const auto found =
      check_ports({{"nucleus/arch/vax/a.cc", 2000}, {"nucleus/arch/vax/include/arch/b.h", 501}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].file, "nucleus/arch/vax");
  EXPECT_NE(found[0].text.find("2501 lines"), std::string::npos);
  EXPECT_TRUE(check_ports({{"nucleus/arch/vax/a.cc", 2500}, {"nucleus/arch/vax/user/b.cc", 1000}}).empty());
  ASSERT_EQ(check_ports({{"nucleus/arch/vax/user/b.cc", 1001}}).size(), 1u);
}

TEST(Lint, Conflicts) {
  EXPECT_EQ(complaints("README.md", "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> 1234567 (d)\n"), 2u);
  EXPECT_EQ(complaints("README.md", "1 << 2\n<<<<<<<\n=======\n"), 0u);
}

TEST(Lint, TooLong) {
  std::string text = licence;
  for (int i = 0; i < 1000; i++) text += "\n";
  EXPECT_EQ(complaints("tools/a.cc", text), 1u);
}

TEST(Lint, Interfaces) {
  EXPECT_EQ(check_interfaces({"lib/a/a.ml", "lib/a/a.mli", "lib/a/b.ml", "lib/a/test/t.ml", "examples/x.ml",
                              "kernel/main.ml"})
                .size(),
            1u);
}

TEST(Lint, Languages) {
  EXPECT_EQ(language_of("a/b.h", ""), Language::cpp);
  EXPECT_EQ(language_of("bactrian", "#!/usr/bin/env bash\nx\n"), Language::shell);
  EXPECT_EQ(language_of("a.mli", ""), Language::ocaml);
  EXPECT_EQ(language_of("README.md", "# x"), Language::other);
}

}  // namespace
}  // namespace bactrian
