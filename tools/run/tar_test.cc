// SPDX-License-Identifier: ISC
#include "run/tar.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "run/bundle.h"
#include "support/process.h"
#include "support/text.h"

namespace bactrian {
namespace {

class TarTest : public ::testing::Test {
 protected:
  /// What tar(1) prints for the archive: the judge is not our own reader.
  std::string tar(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "tar");
    auto finished = run(Command{.argv = arguments, .folder = folder_.path(), .out = Stream::pipe}).value();
    EXPECT_EQ(finished.status, 0);
    return finished.out;
  }

  TempFolder folder_ = TempFolder::create("tar-test").value();
  fs::path archive_ = folder_.path() / "a.tar";
};

TEST_F(TarTest, TextFilesAndFolders) {
  ASSERT_TRUE(write_file(folder_.path() / "tree/b/two", std::string(1000, '2')).ok());
  ASSERT_TRUE(write_file(folder_.path() / "tree/a", "one").ok());
  auto writer = TarWriter::create(archive_).value();
  ASSERT_TRUE(writer.add_text("text", "hello").ok());
  ASSERT_TRUE(writer.add_tree("root/tree", folder_.path() / "tree").ok());
  const uint64_t size = writer.finish().value();
  EXPECT_EQ(size, fs::file_size(archive_));
  EXPECT_EQ(fs::file_size(archive_) % 512, 0u);
  EXPECT_EQ(tar({"-tf", "a.tar"}), "text\nroot/tree/\nroot/tree/a\nroot/tree/b/\nroot/tree/b/two\n");
  EXPECT_EQ(tar({"-xOf", "a.tar", "text"}), "hello");
  EXPECT_EQ(tar({"-xOf", "a.tar", "root/tree/b/two"}), std::string(1000, '2'));
}

TEST_F(TarTest, LongNames) {
  auto writer = TarWriter::create(archive_).value();
  const std::string fits = std::string(120, 'd') + "/" + std::string(90, 'f');
  EXPECT_TRUE(writer.add_text(fits, "x").ok());
  EXPECT_TRUE(writer.add_text(std::string(100, 'n'), "y").ok());
  EXPECT_FALSE(writer.add_text(std::string(101, 'n'), "z").ok());
  EXPECT_FALSE(writer.add_text(std::string(200, 'd') + "/" + std::string(90, 'f'), "z").ok());
  ASSERT_TRUE(writer.finish().ok());
  EXPECT_EQ(tar({"-tf", "a.tar"}), fits + "\n" + std::string(100, 'n') + "\n");
}

TEST_F(TarTest, LoopOfLinksIsAnError) {
  ASSERT_TRUE(make_folders(folder_.path() / "tree").ok());
  ASSERT_EQ(symlink("../tree", (folder_.path() / "tree/again").c_str()), 0);
  auto writer = TarWriter::create(archive_).value();
  EXPECT_FALSE(writer.add_tree("root/tree", folder_.path() / "tree").ok());
}

TEST_F(TarTest, FullDisk) {
  auto writer = TarWriter::create("/dev/full").value();
  const auto result = writer.add_text("text", "hello");
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("No space left"), std::string::npos);
  EXPECT_NE(result.error().remedy, "");
}

TEST_F(TarTest, Bundle) {
  ASSERT_TRUE(write_file(folder_.path() / "notes", "note").ok());
  const BundleSpec spec{
      .args = {"prog", "a b", ""},
      .env = {{"K", "V=W"}},
      .files = {{folder_.path() / "notes", "/etc/x/../notes"}, {folder_.path() / "notes", "/etc/n2"}},
      .verbose = true,
      .symbols = {{.address = 0xffffffff80200000, .name = "start"}}};
  ASSERT_TRUE(write_bundle(spec, archive_).ok());
  EXPECT_EQ(tar({"-xOf", "a.tar", "bactrian/args"}), std::string("prog\0a b\0\0", 10));
  EXPECT_EQ(tar({"-xOf", "a.tar", "bactrian/env"}), std::string("K=V=W\0", 6));
  EXPECT_EQ(tar({"-xOf", "a.tar", "bactrian/config"}), "link=serial\nverbose=1\nname=prog\n");
  EXPECT_EQ(tar({"-xOf", "a.tar", "bactrian/symbols"}), "ffffffff80200000 start\n");
  EXPECT_EQ(tar({"-xOf", "a.tar", "bactrian/seed"}).size(), 64u);
  EXPECT_EQ(tar({"-xOf", "a.tar", "root/etc/notes", "root/etc/n2"}), "notenote");
  EXPECT_EQ(tar({"-tf", "a.tar", "root/etc"}), "root/etc/\nroot/etc/notes\nroot/etc/n2\n");
}

TEST_F(TarTest, MoreIsAddedToTheEnvironment) {
  for (const size_t length : {0, 1, 500, 512, 2000}) {
    BundleSpec spec{.args = {"prog"}, .symbols = {{.address = 1, .name = "start"}}};
    if (length > 0) spec.env = {{"K", std::string(length, 'x')}};
    ASSERT_TRUE(write_bundle(spec, archive_).ok());
    ASSERT_TRUE(add_to_environment(archive_, "TERMINAL", "keys").ok());
    const std::string before = length > 0 ? "K=" + std::string(length, 'x') + std::string(1, '\0') : "";
    EXPECT_EQ(tar({"-xOf", "a.tar", "bactrian/env"}), before + std::string("TERMINAL=keys\0", 14));
    EXPECT_EQ(tar({"-xOf", "a.tar", "bactrian/symbols"}), "1 start\n");
  }
  EXPECT_FALSE(append_to_member(archive_, "bactrian/none", "x").ok());
}

TEST_F(TarTest, BundleRefusesPathsThatAreNoPlaces) {
  for (const char* guest : {"relative", "/", "", "/x/.."}) {
    const BundleSpec spec{.args = {"p"}, .files = {{"/dev/null", guest}}};
    EXPECT_FALSE(write_bundle(spec, archive_).ok()) << guest;
  }
}

}  // namespace
}  // namespace bactrian
