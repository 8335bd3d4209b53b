// SPDX-License-Identifier: ISC
#include "build/source_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SourceFile, ReadsImports) {
  EXPECT_THAT(
      imported_modules("File hello.cmx\nName: Hello\nGlobals defined:\n\tHello\nInterfaces imported:\n"
                       "\t8d797bdbce78b02196f5124ffdf821f4\tStdlib\n"
                       "\t--------------------------------\tUnix\n"
                       "Implementations imported:\n\t8808ac4a5650fd3d304adb00d6435f86\tThread\n"
                       "Currying functions:\n\t2\n"),
      ElementsAre("Stdlib", "Thread", "Unix"));
}

TEST(SourceFile, LinksOnlyWhatIsUsed) {
  EXPECT_THAT(standard_libraries_for({"Stdlib"}), IsEmpty());
  EXPECT_THAT(standard_libraries_for({"Unix", "Str"}), ElementsAre("unix", "str"));
  EXPECT_THAT(standard_libraries_for({"Thread"}), ElementsAre("unix", "threads"));
  EXPECT_THAT(standard_libraries_for({"Unix", "Event"}), ElementsAre("unix", "threads"));
}

TEST(SourceFile, FindsTheUnboundModule) {
  EXPECT_EQ(unbound_module("Error: Unbound module Zarith_q.\n"), "Zarith_q");
  EXPECT_EQ(unbound_module("Error: Unbound module \"Z\"\n"), "Z");
  EXPECT_EQ(unbound_module("Error: Unbound value z"), "");
}

TEST(SourceFile, MakesModuleNames) {
  EXPECT_EQ(module_file_name("dir/hello.ml"), "hello");
  EXPECT_EQ(module_file_name("my-prog.2.ml"), "my_prog_2");
  EXPECT_EQ(module_file_name("2sum.ml"), "program_2sum");
}

}  // namespace
}  // namespace bactrian
