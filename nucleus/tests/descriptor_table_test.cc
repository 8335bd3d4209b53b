// SPDX-License-Identifier: ISC

#include <files/descriptor_table.h>

#include <gtest/gtest.h>

namespace nucleus {
namespace {

class PlainNode final : public Node {
 public:
  PlainNode() : Node{NodeKind::regular, {}} {}
};

class PlainFile final : public OpenFile {
 public:
  PlainFile() : OpenFile{Ref<Node>::adopt(new PlainNode), {.readable = true}} {}
};

Ref<OpenFile> make() {
  return Ref<OpenFile>::adopt(new PlainFile);
}

TEST(DescriptorTable, GivesTheLowestFreeNumber) {
  DescriptorTable table;
  for (int i = 0; i < 5; i++) EXPECT_EQ(table.add(make(), false).take(), i);
  EXPECT_TRUE(table.remove(2).ok());
  EXPECT_EQ(table.get(2).error(), Error::bad_descriptor);
  EXPECT_EQ(table.add(make(), true).take(), 2);
  EXPECT_TRUE(table.close_on_exec(2).take());
  EXPECT_EQ(table.add(make(), false, 100).take(), 100);
  EXPECT_EQ(table.add(make(), false).take(), 5);
  EXPECT_EQ(table.get(50).error(), Error::bad_descriptor);
}

TEST(DescriptorTable, ReplacesAndShares) {
  DescriptorTable table;
  Ref<OpenFile> file = make();
  ASSERT_TRUE(table.add(file, false).ok());
  EXPECT_FALSE(table.set(7, file, true).take());
  EXPECT_EQ(file->reference_count(), 3u);
  EXPECT_EQ(table.set(7, make(), false).take(), file);
  EXPECT_FALSE(table.close_on_exec(7).take());
  EXPECT_EQ(table.remove(0).take(), file);
  EXPECT_EQ(file->reference_count(), 1u);
}

TEST(DescriptorTable, RefusesBadNumbers) {
  DescriptorTable table;
  for (const int bad : {-1, 0, DescriptorTable::max_descriptors, 1 << 30}) {
    EXPECT_EQ(table.get(bad).error(), Error::bad_descriptor);
    EXPECT_EQ(table.remove(bad).error(), Error::bad_descriptor);
    EXPECT_EQ(table.set_close_on_exec(bad, true).error(), Error::bad_descriptor);
  }
  EXPECT_EQ(table.set(-1, make(), false).error(), Error::bad_descriptor);
  EXPECT_EQ(table.set(DescriptorTable::max_descriptors, make(), false).error(), Error::bad_descriptor);
  EXPECT_EQ(table.add(make(), false, -1).error(), Error::invalid_argument);
  for (int i = 0; i < DescriptorTable::max_descriptors; i++) ASSERT_TRUE(table.add(make(), false).ok());
  EXPECT_EQ(table.add(make(), false).error(), Error::too_many);
}

}  // namespace
}  // namespace nucleus
