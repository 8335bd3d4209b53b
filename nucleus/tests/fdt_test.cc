// SPDX-License-Identifier: ISC

#include <platform/devicetree/fdt.h>

#include <gtest/gtest.h>

#include <random>

#include "fdt_writer.h"

namespace {
using nucleus::PhysRange;
using nucleus::devicetree::Node;
using nucleus::devicetree::Tree;

std::vector<std::uint8_t> small_tree() {
  return FdtWriter{}
      .reserve(0x1000, 0x2000)
      .begin("")
      .cells("#address-cells", {2})
      .strings("compatible", "one,board|two,board")
      .begin("first@10")
      .cells("reg", {0x1, 0x80000010, 0x20})
      .begin("nested")
      .end()
      .word(4)
      .end()
      .begin("second")
      .strings("status", "disabled")
      .flag("empty")
      .end()
      .end()
      .finish();
}

bool every_walk_ends(Node node, int depth = 0) {
  bool fine = depth <= static_cast<int>(Tree::max_depth);
  (void)node.property("reg").number(0, 2);
  (void)node.compatible("x");
  node.for_each_child([&](Node child) { fine = fine && every_walk_ends(child, depth + 1); });
  return fine;
}

TEST(Fdt, WalksNodesAndProperties) {
  const auto blob = small_tree();
  auto tree = Tree::create(blob);
  ASSERT_TRUE(tree.ok());
  const Node root = tree.value().root();
  EXPECT_EQ(root.name(), "");
  EXPECT_EQ(root.cell_or("#address-cells", 0), 2u);
  EXPECT_TRUE(root.compatible("one,board"));
  EXPECT_TRUE(root.compatible("two,board"));
  EXPECT_FALSE(root.compatible("two"));
  EXPECT_FALSE(root.has("reg"));

  std::vector<std::string> names;
  root.for_each_child([&](Node child) {
    names.emplace_back(child.name());
    child.for_each_child([&](Node nested) { names.emplace_back(nested.name()); });
    if (child.name() == "first@10") {
      EXPECT_EQ(child.property("reg").number(0, 2), 0x1'8000'0010u);
      EXPECT_EQ(child.property("reg").cell(2), 0x20u);
      EXPECT_EQ(child.property("reg").cell(3), 0u);
      EXPECT_TRUE(child.enabled());
    } else {
      EXPECT_FALSE(child.enabled());
      EXPECT_TRUE(child.has("empty"));
    }
  });
  EXPECT_EQ(names, (std::vector<std::string>{"first@10", "nested", "second"}));
}

TEST(Fdt, ListsReservations) {
  const auto blob = small_tree();
  auto tree = Tree::create(blob);
  ASSERT_TRUE(tree.ok());
  std::vector<std::uint64_t> seen;
  tree.value().for_each_reservation([&](PhysRange range) {
    seen.push_back(range.start.value);
    seen.push_back(range.size);
  });
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{0x1000, 0x2000}));
}

TEST(Fdt, ToleratesBytesBehindTheTree) {
  auto blob = small_tree();
  const std::size_t size = blob.size();
  blob.resize(size + 100, 0xff);
  auto tree = Tree::create(blob);
  ASSERT_TRUE(tree.ok());
  EXPECT_EQ(tree.value().size(), size);
  EXPECT_EQ(Tree::total_size(blob), size);
}

TEST(Fdt, RefusesEveryTruncation) {
  const auto blob = small_tree();
  for (std::size_t size = 0; size < blob.size(); ++size)
    EXPECT_FALSE(Tree::create(std::span{blob}.first(size)).ok()) << size;
}

TEST(Fdt, RefusesBrokenStructure) {
  const auto refuses = [](FdtWriter& writer) { return !Tree::create(writer.finish()).ok(); };
  EXPECT_TRUE(refuses(FdtWriter{}.begin("")));                                         // not closed
  EXPECT_TRUE(refuses(FdtWriter{}.begin("").end().end()));                             // closed twice
  EXPECT_TRUE(refuses(FdtWriter{}.begin("").end().begin("again").end()));              // two roots
  EXPECT_TRUE(refuses(FdtWriter{}.begin("").word(7).end()));                           // unknown token
  EXPECT_TRUE(refuses(FdtWriter{}.begin("").word(3).word(0xfffffff0).word(0).end()));  // long property
  EXPECT_TRUE(refuses(FdtWriter{}.begin("").word(3).word(0).word(0x10000).end()));     // name outside
  FdtWriter late;
  EXPECT_TRUE(refuses(late.begin("").begin("child").end().flag("late").end()));
  FdtWriter none;
  EXPECT_TRUE(refuses(none));
  FdtWriter deep;
  for (unsigned i = 0; i <= Tree::max_depth; ++i) deep.begin("n");
  for (unsigned i = 0; i <= Tree::max_depth; ++i) deep.end();
  EXPECT_TRUE(refuses(deep));
}

TEST(Fdt, SurvivesRandomDamage) {
  std::mt19937 random{2024};
  const auto whole = small_tree();
  int accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    auto blob = whole;
    for (unsigned change = random() % 4 + 1; change > 0; --change)
      blob[random() % blob.size()] = static_cast<std::uint8_t>(random() % 3 == 0 ? random() : random() % 10);
    auto tree = Tree::create(blob);
    if (!tree.ok()) continue;
    ++accepted;
    EXPECT_TRUE(every_walk_ends(tree.value().root()));
  }
  EXPECT_GT(accepted, 100);  // else the test tests nothing
}

}  // namespace
