// SPDX-License-Identifier: ISC
#include "build/image_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

using testing::HasSubstr;

TEST(ImageNote, ReadsWhatItWrites) {
  const ImageNote note{.arch = Arch::riscv64,
                       .target = Target::hosted,
                       .cpu_features = {"avx2", "bmi1"},
                       .compiler = "OCaml 5.4.1 (/a=b)"};
  const auto read = parse_note(format_note(note));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().arch, Arch::riscv64);
  EXPECT_EQ(read.value().target, Target::hosted);
  EXPECT_EQ(read.value().cpu_features, note.cpu_features);
  EXPECT_EQ(read.value().compiler, note.compiler);
  EXPECT_FALSE(parse_note("version=9\n").ok());
}

TEST(ImageNote, RefusesOtherFiles) {
  const auto folder = TempFolder::create("note-test");
  const fs::path file = folder.value().path() / "image";
  const std::string self = read_file("/proc/self/exe").value();
  ASSERT_TRUE(write_file(file, self).ok());
  EXPECT_THAT(read_image_note(file).error().message, HasSubstr("not an image"));
  for (const size_t size : {5UL, 60UL, 200UL, self.size() / 2, self.size() - 1}) {
    ASSERT_TRUE(write_file(file, self.substr(0, size)).ok());
    EXPECT_THAT(read_image_note(file).error().message, HasSubstr("damaged")) << size;
  }
  ASSERT_TRUE(write_file(file, "#!/bin/sh\n").ok());
  EXPECT_THAT(read_image_note(file).error().message, HasSubstr("not an ELF"));
}

}  // namespace
}  // namespace bactrian
