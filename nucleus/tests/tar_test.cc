// SPDX-License-Identifier: ISC

#include <files/tar.h>

#include "tar_writer.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace nucleus {
namespace {

TEST(Tar, ReadsMembersInPlace) {
  TarWriter writer;
  writer.add("bactrian/args", "hello");
  writer.add("root/dir/", "", {.type = '5', .mode = 0755});
  writer.add("root/link", "", {.type = '2', .link = "dir/file"});
  writer.add("file", "content", {.prefix = "a/long/way", .mode = 0600, .mtime = 1234});
  writer.end();
  TarReader reader{writer.span()};
  TarEntry entry;

  ASSERT_TRUE(reader.next(entry).take());
  EXPECT_EQ(entry.path, "bactrian/args");
  EXPECT_EQ(entry.kind, TarKind::file);
  EXPECT_EQ(text_of(entry.data), "hello");
  EXPECT_EQ(entry.data.data(), writer.span().data() + 512);

  ASSERT_TRUE(reader.next(entry).take());
  EXPECT_EQ(entry.kind, TarKind::directory);
  EXPECT_EQ(entry.mode, 0755u);

  ASSERT_TRUE(reader.next(entry).take());
  EXPECT_EQ(entry.kind, TarKind::symbolic_link);
  EXPECT_EQ(entry.link, "dir/file");

  ASSERT_TRUE(reader.next(entry).take());
  EXPECT_EQ(entry.path, "a/long/way/file");
  EXPECT_EQ(entry.modified_s, 1234);
  EXPECT_EQ(entry.mode, 0600u);

  EXPECT_FALSE(reader.next(entry).take());
}

TEST(Tar, ReadsLongNames) {
  const std::string gnu(300, 'g');
  const std::string pax(500, 'p');
  const std::string record = "510 path=" + pax + "\n";
  ASSERT_EQ(record.size(), 510u);
  TarWriter writer;
  writer.add("././@LongLink", gnu + '\0', {.type = 'L'});
  writer.add("short", "1");
  writer.add("pax", record + "12 mtime=7.5\n" + "9 size=1\n", {.type = 'x'});
  writer.add("short", "2", {.size = 0});
  TarReader reader{writer.span()};
  TarEntry entry;
  // "12 mtime=7.5\n" is 13 bytes long, so the record is malformed...
  ASSERT_TRUE(reader.next(entry).take());
  EXPECT_EQ(entry.path, gnu);
  EXPECT_EQ(reader.next(entry).error(), Error::malformed);

  TarWriter right;
  right.add("pax", record + "13 mtime=7.5\n" + "9 size=1\n", {.type = 'x'});
  right.add("short", "2", {.size = 0});
  TarReader again{right.span()};
  ASSERT_TRUE(again.next(entry).take());
  EXPECT_EQ(entry.path, pax);
  EXPECT_EQ(entry.modified_s, 7);
  EXPECT_EQ(text_of(entry.data), "2");
  EXPECT_FALSE(again.next(entry).take());
}

TEST(Tar, RefusesWhatIsMalformed) {
  TarEntry entry;
  {
    TarWriter writer;
    writer.add("a", "x");
    writer.bytes()[0] = 'b';
    EXPECT_EQ(TarReader{writer.span()}.next(entry).error(), Error::malformed) << "checksum";
  }
  {
    TarWriter writer;
    writer.add("a", "x", {.size = 4096});
    EXPECT_EQ(TarReader{writer.span()}.next(entry).error(), Error::malformed) << "data beyond the archive";
  }
  {
    TarWriter writer;
    writer.add("", "x");
    EXPECT_EQ(TarReader{writer.span()}.next(entry).error(), Error::malformed) << "no name";
  }
  {
    TarWriter writer;
    writer.add("a", "x");
    std::memcpy(writer.bytes().data() + 124, "12x", 3);
    TarWriter::set_checksum(writer.bytes().data());
    EXPECT_EQ(TarReader{writer.span()}.next(entry).error(), Error::malformed) << "size";
  }
  EXPECT_FALSE(TarReader{{}}.next(entry).take());
}

TEST(Tar, ReadsBase256Sizes) {
  TarWriter writer;
  writer.add("a", "xyz");
  std::memset(writer.bytes().data() + 124, 0, 12);
  writer.bytes()[124] = static_cast<char>(0x80);
  writer.bytes()[135] = 3;
  TarWriter::set_checksum(writer.bytes().data());
  TarEntry entry;
  ASSERT_TRUE(TarReader{writer.span()}.next(entry).take());
  EXPECT_EQ(text_of(entry.data), "xyz");

  writer.bytes()[125] = static_cast<char>(0xff);  // more than 64 bits
  TarWriter::set_checksum(writer.bytes().data());
  EXPECT_EQ(TarReader{writer.span()}.next(entry).error(), Error::malformed);
}

/// Random damage, with the checksum put right: every answer is fine, but no byte outside may be read.
TEST(Tar, SurvivesRandomDamage) {
  std::mt19937 random{20240607};
  TarWriter whole;
  whole.add("pax", "19 path=aaaaaaaaaa\n9 size=3\n", {.type = 'x'});
  whole.add("one", "abc");
  whole.add("././@LongLink", std::string(200, 'k') + '\0', {.type = 'K'});
  whole.add("two", "", {.type = '2', .link = "one"});
  whole.add("three", std::string(700, 'x'), {.prefix = "p"});
  whole.end();
  unsigned good = 0;
  unsigned bad = 0;
  for (int round = 0; round < 20000; round++) {
    std::string bytes = whole.bytes();
    for (unsigned damage = random() % 6; damage-- > 0;) {
      bytes[random() % bytes.size()] =
          static_cast<char>(random() % 4 ? "0123456789 =\n"[random() % 13] : random());
    }
    bytes.resize(bytes.size() - (random() % 4 ? 0 : random() % bytes.size()));
    for (std::size_t at = 0; at + 512 <= bytes.size(); at += 512) {
      if (std::memcmp(bytes.data() + at + 257, "ustar", 5) == 0) TarWriter::set_checksum(bytes.data() + at);
    }
    // An exact copy on the heap, so that the sanitizer sees every byte beyond it.
    const auto copy = std::make_unique<char[]>(bytes.size() + 1);
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    TarReader reader{std::as_bytes(std::span{copy.get(), bytes.size()})};
    TarEntry entry;
    for (;;) {
      auto more = reader.next(entry);
      if (!more.ok() || !more.value()) {
        (more.ok() ? good : bad)++;
        break;
      }
      unsigned sum = 0;
      for (const std::byte b : entry.data) sum += static_cast<unsigned>(b);
      for (const char c : entry.path) sum += static_cast<unsigned char>(c);
      for (const char c : entry.link) sum += static_cast<unsigned char>(c);
      EXPECT_LT(sum, 1u << 30);
    }
  }
  EXPECT_GT(good, 1000u);
  EXPECT_GT(bad, 1000u);
}

}  // namespace
}  // namespace nucleus
