// SPDX-License-Identifier: ISC

#include <files/boot_bundle.h>
#include <files/file_tree.h>

#include "tar_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace nucleus {
namespace {

std::int64_t fake_now() {
  return 1'000;
}

class FileTreeTest : public testing::Test {
 protected:
  FileTree tree = FileTree::create(fake_now).take();
  DirectoryNode& root = *tree.root();

  Place at(std::string_view path, FollowLast follow = FollowLast::no) {
    return tree.resolve(root, path, follow).take();
  }
  Error error_at(std::string_view path, FollowLast follow = FollowLast::yes) {
    auto node = tree.lookup(root, path, follow);
    EXPECT_FALSE(node.ok()) << path;
    return node.error();
  }
  void file(std::string_view path) { ASSERT_TRUE(tree.make_file(at(path), 0644).ok()) << path; }
  void directory(std::string_view path) { ASSERT_TRUE(tree.make_directory(at(path), 0755).ok()) << path; }
  void link(std::string_view path, std::string_view target) {
    ASSERT_TRUE(tree.make_symlink(at(path), target).ok()) << path;
  }
  bool exists(std::string_view path) { return tree.lookup(root, path, FollowLast::no).ok(); }
};

TEST_F(FileTreeTest, WalksPaths) {
  directory("/a");
  directory("a/b/");
  file("/a/b/c");
  EXPECT_TRUE(exists("//a///b/./../b/c"));
  EXPECT_TRUE(exists("/../../a"));
  EXPECT_EQ(error_at("/a/x"), Error::not_found);
  EXPECT_EQ(error_at("/x/a"), Error::not_found);
  EXPECT_EQ(error_at("/a/b/c/d"), Error::not_directory);
  EXPECT_EQ(error_at("/a/b/c/"), Error::not_directory);
  EXPECT_EQ(error_at(""), Error::not_found);
  EXPECT_EQ(error_at(std::string(256, 'n')), Error::too_long);
}

TEST_F(FileTreeTest, FollowsSymbolicLinks) {
  directory("/d");
  file("/d/f");
  link("/abs", "/d/f");
  link("/d/up", "../d");
  link("/dangling", "d/new");
  link("/loop", "loop");
  EXPECT_EQ(at("/abs", FollowLast::yes).node, at("/d/f").node);
  EXPECT_EQ(at("/abs").node->kind, NodeKind::symbolic_link);
  EXPECT_EQ(at("/d/up/up/up/f").node, at("/d/f").node);
  EXPECT_EQ(at("/d/up/").node, at("/d").node);
  EXPECT_EQ(error_at("/loop"), Error::loop);
  EXPECT_EQ(error_at("/loop/x"), Error::loop);
  // Creating through a dangling link makes its target.
  ASSERT_TRUE(tree.make_file(at("/dangling", FollowLast::yes), 0644).ok());
  EXPECT_TRUE(exists("/d/new"));
}

TEST_F(FileTreeTest, StopsAtFortyLinks) {
  file("/l0");
  for (int i = 1; i <= 41; i++) link("/l" + std::to_string(i), "l" + std::to_string(i - 1));
  EXPECT_TRUE(tree.lookup(root, "/l40", FollowLast::yes).ok());
  EXPECT_EQ(error_at("/l41"), Error::loop);
}

TEST_F(FileTreeTest, RemovesButKeepsWhatIsUsed) {
  directory("/d");
  file("/d/f");
  Ref<Node> held = at("/d/f").node;
  EXPECT_EQ(tree.remove_directory(at("/d")).error(), Error::not_empty);
  EXPECT_EQ(tree.unlink(at("/d")).error(), Error::is_directory);
  EXPECT_EQ(tree.remove_directory(at("/d/f")).error(), Error::not_directory);
  ASSERT_TRUE(tree.unlink(at("/d/f")).ok());
  EXPECT_EQ(held->attributes.links, 0u);
  EXPECT_EQ(held->reference_count(), 1u);
  Ref<DirectoryNode> dead = at("/d/").parent;
  dead = Ref<DirectoryNode>::share(node_cast<DirectoryNode>(at("/d").node.get()));
  EXPECT_EQ(tree.remove_directory(at("/d/.")).error(), Error::invalid_argument);
  ASSERT_TRUE(tree.remove_directory(at("/d")).ok());
  EXPECT_EQ(tree.remove_directory(at("/")).error(), Error::busy);
  // Nothing can be made in a removed directory.
  Place inside = tree.resolve(*dead, "x", FollowLast::no).take();
  EXPECT_EQ(tree.make_file(inside, 0644).error(), Error::not_found);
  char buffer[16];
  EXPECT_EQ(tree.path_of(*dead, buffer).error(), Error::not_found);
}

TEST_F(FileTreeTest, CountsLinks) {
  EXPECT_EQ(root.attributes.links, 2u);
  directory("/d");
  EXPECT_EQ(root.attributes.links, 3u);
  file("/f");
  ASSERT_TRUE(tree.make_link(at("/d/g"), at("/f").node).ok());
  EXPECT_EQ(at("/f").node->attributes.links, 2u);
  EXPECT_EQ(tree.make_link(at("/e"), at("/d").node).error(), Error::not_permitted);
  ASSERT_TRUE(tree.unlink(at("/f")).ok());
  EXPECT_EQ(at("/d/g").node->attributes.links, 1u);
}

TEST_F(FileTreeTest, Renames) {
  directory("/a");
  directory("/a/b");
  directory("/c");
  file("/f");
  file("/g");
  Ref<Node> f = at("/f").node;
  ASSERT_TRUE(tree.rename(at("/f"), at("/g")).ok());
  EXPECT_EQ(at("/g").node, f);
  EXPECT_FALSE(exists("/f"));
  EXPECT_EQ(tree.rename(at("/f"), at("/h")).error(), Error::not_found);
  EXPECT_EQ(tree.rename(at("/a"), at("/a/b/x")).error(), Error::invalid_argument);
  EXPECT_EQ(tree.rename(at("/c"), at("/a")).error(), Error::not_empty);
  EXPECT_EQ(tree.rename(at("/g"), at("/a")).error(), Error::is_directory);
  EXPECT_EQ(tree.rename(at("/a"), at("/g")).error(), Error::not_directory);
  EXPECT_EQ(tree.rename(at("/a/."), at("/x")).error(), Error::busy);
  EXPECT_EQ(tree.rename(at("/g"), at("/c"), true).error(), Error::exists);
  // A directory over an empty one; its parent and the link counts follow.
  ASSERT_TRUE(tree.rename(at("/a/b"), at("/c")).ok());
  EXPECT_EQ(at("/a").node->attributes.links, 2u);
  EXPECT_EQ(root.attributes.links, 4u);
  EXPECT_EQ(node_cast<DirectoryNode>(at("/c").node.get())->parent(), &root);
  EXPECT_EQ(at("/c/..").node.get(), &root);
  // Two names of one node.
  ASSERT_TRUE(tree.make_link(at("/g2"), f).ok());
  ASSERT_TRUE(tree.rename(at("/g"), at("/g2")).ok());
  EXPECT_TRUE(exists("/g"));
}

TEST_F(FileTreeTest, TellsPaths) {
  directory("/first");
  directory("/first/second");
  auto* second = node_cast<DirectoryNode>(at("/first/second").node.get());
  char buffer[14];
  EXPECT_EQ(tree.path_of(*second, buffer).take(), "/first/second");
  EXPECT_EQ(tree.path_of(root, buffer).take(), "/");
  EXPECT_EQ(tree.path_of(*second, std::span{buffer, 12}).error(), Error::out_of_range);
}

TEST_F(FileTreeTest, DirectoriesHoldManyNamesInOrder) {
  for (int i = 0; i < 5000; i++) file("/" + std::to_string(i));
  for (int i = 0; i < 5000; i += 2) ASSERT_TRUE(tree.unlink(at("/" + std::to_string(i))).ok());
  int expected = 1;
  std::uint64_t cookie = 0;
  while (const DirectoryEntry* entry = root.after(cookie)) {
    ASSERT_EQ(entry->name.view(), std::to_string(expected));
    cookie = entry->cookie;
    expected += 2;
    // Files that come and go under way do not disturb the reader.
    file("/x" + std::to_string(expected));
    ASSERT_TRUE(tree.unlink(at("/x" + std::to_string(expected))).ok());
  }
  EXPECT_EQ(expected, 5001);
  EXPECT_EQ(root.entry_count(), 2500u);
  EXPECT_TRUE(exists("/4999"));
  EXPECT_FALSE(exists("/4998"));
}

TEST_F(FileTreeTest, MountsABundle) {
  TarWriter writer;
  writer.add("bactrian/args", std::string("prog\0-x\0", 8));
  writer.add("bactrian/config", "link=serial\nverbose=1\n");
  writer.add("root/deep/down/file", "text", {.mode = 0600, .mtime = 5});
  writer.add("root/deep/", "", {.type = '5', .mode = 0700});
  writer.add("./root/link", "", {.type = '2', .link = "deep/down"});
  writer.add("root/hard", "", {.type = '1', .link = "root/deep/down/file"});
  writer.add("root/link/other", "over");
  writer.add("root/hard", "again");
  writer.end();
  BootBundle bundle = decode_boot_bundle(writer.span()).take();
  EXPECT_EQ(bundle.arguments.size(), 8u);
  EXPECT_EQ(bundle.setting("link", "none"), "serial");
  EXPECT_EQ(bundle.setting("verbose", "0"), "1");
  EXPECT_EQ(bundle.setting("name", "program"), "program");
  EXPECT_EQ(bundle.file_count, 6u);
  ASSERT_TRUE(mount_boot_bundle(bundle, tree).ok());
  auto* file = node_cast<RegularNode>(at("/deep/down/file").node.get());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 4u);
  EXPECT_EQ(file->own_bytes(), 0u);
  EXPECT_EQ(file->attributes.permissions, 0600u);
  EXPECT_EQ(file->attributes.times.modified_ns, 5'000'000'000);
  EXPECT_EQ(file->attributes.links, 1u);
  EXPECT_TRUE(exists("/deep/down/other"));
  EXPECT_EQ(at("/hard").node->size(), 5u);
  EXPECT_EQ(at("/deep").node->attributes.permissions, 0700u);
}

TEST_F(FileTreeTest, RefusesABundleThatContradictsItself) {
  TarWriter writer;
  writer.add("root/f", "1");
  writer.add("root/f/g", "2");
  EXPECT_EQ(mount_boot_bundle(decode_boot_bundle(writer.span()).take(), tree).error(), Error::malformed);
  TarWriter hard;
  hard.add("root/h", "", {.type = '1', .link = "root/none"});
  EXPECT_EQ(mount_boot_bundle(decode_boot_bundle(hard.span()).take(), tree).error(), Error::malformed);
  hard.bytes()[3] ^= 1;
  EXPECT_EQ(decode_boot_bundle(hard.span()).error(), Error::malformed);
}

}  // namespace
}  // namespace nucleus
