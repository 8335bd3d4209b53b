// SPDX-License-Identifier: ISC

#include <files/file_content.h>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace nucleus {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span{text});
}

std::string read(const FileContent& content, std::uint64_t offset, std::size_t length) {
  std::string text(length, '?');
  text.resize(content.read(offset, std::as_writable_bytes(std::span{text})));
  return text;
}

TEST(FileContent, LeavesTheOriginalInPlace) {
  const std::string original(10000, 'o');
  FileContent content{bytes_of(original)};
  EXPECT_EQ(content.size(), 10000u);
  EXPECT_EQ(content.own_bytes(), 0u);
  EXPECT_EQ(read(content, 9990, 100), std::string(10, 'o'));
  EXPECT_EQ(read(content, 10000, 1), "");

  EXPECT_EQ(content.write(5000, bytes_of("new")).take(), 3u);
  EXPECT_EQ(content.own_bytes(), file_block_size);
  EXPECT_EQ(read(content, 4999, 5), "onewo");
  EXPECT_EQ(original, std::string(10000, 'o'));
}

TEST(FileContent, HolesReadAsZerosAndTakeNoMemory) {
  FileContent content;
  const std::uint64_t far = std::uint64_t{100} << 30;
  EXPECT_EQ(content.write(far, bytes_of("x")).take(), 1u);
  EXPECT_EQ(content.size(), far + 1);
  EXPECT_EQ(content.own_bytes(), file_block_size);
  EXPECT_EQ(read(content, far - 2, 10), std::string("\0\0x", 3));
  EXPECT_EQ(read(content, 12345, 2), std::string("\0\0", 2));
}

TEST(FileContent, CutOffBytesComeBackAsZeros) {
  const std::string original = "0123456789";
  FileContent content{bytes_of(original)};
  ASSERT_TRUE(content.resize(4).ok());
  ASSERT_TRUE(content.resize(8).ok());
  EXPECT_EQ(read(content, 0, 20), std::string("0123\0\0\0\0", 8));
  ASSERT_TRUE(content.write(7, bytes_of("z")).ok());
  EXPECT_EQ(read(content, 0, 20), std::string("0123\0\0\0z", 8));
  ASSERT_TRUE(content.resize(2).ok());
  ASSERT_TRUE(content.resize(5).ok());
  EXPECT_EQ(read(content, 0, 20), std::string("01\0\0\0", 5));
}

TEST(FileContent, RefusesWhatIsTooLarge) {
  FileContent content;
  EXPECT_EQ(content.resize(FileContent::max_size + 1).error(), Error::file_too_large);
  EXPECT_TRUE(content.resize(FileContent::max_size).ok());
  EXPECT_EQ(content.write(FileContent::max_size, bytes_of("x")).error(), Error::file_too_large);
  EXPECT_EQ(content.write(FileContent::max_size - 1, bytes_of("xy")).take(), 1u);
  ASSERT_TRUE(content.resize(0).ok());
  EXPECT_EQ(content.own_bytes(), 0u);
}

/// Compares with a plain string under random reads, writes and resizes.
TEST(FileContent, AgreesWithAModel) {
  std::mt19937 random{7};
  std::string original(9000, '\0');
  for (char& c : original) c = static_cast<char>(random());
  FileContent content{bytes_of(original)};
  std::string model = original;
  for (int step = 0; step < 3000; step++) {
    const std::size_t offset = random() % 20000;
    const std::size_t length = random() % (step % 7 ? 300 : 9000);
    switch (random() % 4) {
      case 0: {
        std::string data(length, static_cast<char>('a' + random() % 26));
        ASSERT_EQ(content.write(offset, bytes_of(data)).take(), length);
        if (length == 0) break;
        if (model.size() < offset + length) model.resize(offset + length);
        model.replace(offset, length, data);
        break;
      }
      case 1:
        if (step % 5 == 0) {
          ASSERT_TRUE(content.resize(offset).ok());
          model.resize(offset);
        }
        break;
      default:
        ASSERT_EQ(read(content, offset, length), offset < model.size() ? model.substr(offset, length) : "");
    }
    ASSERT_EQ(content.size(), model.size());
  }
}

}  // namespace
}  // namespace nucleus
