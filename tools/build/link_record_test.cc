// SPDX-License-Identifier: ISC
#include "build/link_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

class Record : public testing::Test {
 protected:
  fs::path put(const std::string& name, std::string_view text) {
    const fs::path path = folder_.value().path() / name;
    EXPECT_TRUE(write_file(path, text).ok());
    return path;
  }
  Result<TempFolder> folder_ = TempFolder::create("record-test");
};

TEST_F(Record, EmbedsWhatTheBuildMade) {
  const fs::path outside = put("installed/libz.a", "z");
  put("build/bin/main.o", "main");
  put("build/lib/x.a", "xx");
  const fs::path startup = put("tmp/camlstartup1234.o", "start");
  const LinkLine line{.inputs = {{.path = startup},
                                 {.path = "bin/main.o"},
                                 {.kind = LinkInput::Kind::archive, .path = "lib/x.a", .whole = true},
                                 {.kind = LinkInput::Kind::archive, .path = outside},
                                 {.kind = LinkInput::Kind::library, .path = "gone"}},
                      .linker_flags = {"--wrap=f"}};
  const auto made = make_link_record(line, folder_.value().path() / "build");
  ASSERT_TRUE(made.ok()) << made.error().message;

  const auto read = parse_link_record(serialize(made.value()));
  ASSERT_TRUE(read.ok());
  const auto& items = read.value().items;
  ASSERT_EQ(items.size(), 5U);
  EXPECT_EQ(items[0].input.path, "startup.o");
  EXPECT_EQ(items[0].content, "start");
  EXPECT_EQ(items[1].content, "main");
  EXPECT_TRUE(items[2].embedded && items[2].input.whole);
  EXPECT_FALSE(items[3].embedded);
  EXPECT_EQ(items[3].input.path, outside);
  EXPECT_EQ(items[4].input.kind, LinkInput::Kind::library);
  EXPECT_EQ(read.value().linker_flags, std::vector<std::string>{"--wrap=f"});

  const fs::path target = folder_.value().path() / "unpacked";
  const auto inputs = unpack(read.value(), target);
  ASSERT_TRUE(inputs.ok());
  EXPECT_EQ(read_file(inputs.value()[2].path).value(), "xx");
  EXPECT_EQ(inputs.value()[3].path, outside);
}

TEST_F(Record, IsSearchedForNames) {
  const fs::path library = put("stubs/libmachine_stubs.a", "!<arch> nucleus_pci_scan");
  const fs::path runtime = put("stdlib/libasmrun.a", "!<arch> nucleus_reset");
  LinkRecord record;
  record.items.push_back({.input = {.path = "main.o"}, .embedded = true, .content = "caml_main"});
  record.items.push_back({.input = {.kind = LinkInput::Kind::archive, .path = runtime}});
  record.items.push_back({.input = {.kind = LinkInput::Kind::library, .path = "gone"}});
  EXPECT_FALSE(names_one_of(record, {"nucleus_reset"}, runtime.parent_path()).value());
  EXPECT_TRUE(names_one_of(record, {"nucleus_reset"}, {}).value());
  EXPECT_TRUE(names_one_of(record, {"other", "caml_main"}, runtime.parent_path()).value());
  record.items.push_back({.input = {.kind = LinkInput::Kind::archive, .path = library}});
  EXPECT_TRUE(names_one_of(record, {"nucleus_pci_scan"}, runtime.parent_path()).value());
  EXPECT_FALSE(names_one_of(record, {"nucleus_pci_scan_"}, runtime.parent_path()).value());
  record.items.push_back(
      {.input = {.kind = LinkInput::Kind::archive, .path = library.parent_path() / "none.a"}});
  EXPECT_FALSE(names_one_of(record, {"nowhere"}, runtime.parent_path()).ok());
}

TEST_F(Record, IsKeyedByContent) {
  const fs::path library = put("libz.a", "1");
  LinkRecord record;
  record.items.push_back({.input = {.path = "main.o"}, .embedded = true, .content = "m"});
  record.items.push_back({.input = {.kind = LinkInput::Kind::archive, .path = library}});
  const std::string before = content_key(record).value();
  EXPECT_EQ(content_key(record).value(), before);
  put("libz.a", "2");
  EXPECT_NE(content_key(record).value(), before);
}

TEST(LinkRecord, RefusesDamage) {
  LinkRecord record;
  record.items.push_back({.input = {.path = "main.o"}, .embedded = true, .content = "content"});
  const std::string whole = serialize(record);
  for (size_t size = 0; size < whole.size(); size++)
    EXPECT_FALSE(parse_link_record(whole.substr(0, size)).ok()) << size;
  EXPECT_FALSE(parse_link_record(whole + "x").ok());
  EXPECT_FALSE(parse_link_record("BACTRIAN-LINK 1 2\n{}").ok());
  EXPECT_FALSE(parse_link_record("BACTRIAN-LINK 1 14\n{\"inputs\":[1]}").ok());
}

}  // namespace
}  // namespace bactrian
