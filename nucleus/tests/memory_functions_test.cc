// SPDX-License-Identifier: ISC

// The functions that the compiler itself calls, under other names beside the host's own, which they must
// equal at all alignments and overlaps.

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#define memcpy nucleus_test_memcpy
#define memmove nucleus_test_memmove
#define memset nucleus_test_memset
#define memcmp nucleus_test_memcmp
#define memchr nucleus_test_memchr
#define strlen nucleus_test_strlen
#include "core/memory_functions.cc"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen

namespace {

using Bytes = std::array<unsigned char, 200>;

class MemoryFunctions : public testing::Test {
 protected:
  Bytes ours{}, theirs{};
  std::minstd_rand random{11};

  void fill() {
    for (unsigned char& byte : ours) byte = static_cast<unsigned char>(random());
    theirs = ours;
  }
  std::size_t below(std::size_t limit) { return random() % limit; }
};

TEST_F(MemoryFunctions, Set) {
  for (std::size_t from = 0; from < 16; ++from) {
    for (std::size_t size = 0; size + from <= ours.size(); ++size) {
      fill();
      EXPECT_EQ(nucleus_test_memset(ours.data() + from, 0xa5, size), ours.data() + from);
      std::memset(theirs.data() + from, 0xa5, size);
      ASSERT_EQ(ours, theirs) << from << " " << size;
    }
  }
}

TEST_F(MemoryFunctions, Copy) {
  for (std::size_t i = 0; i < 20000; ++i) {
    fill();
    Bytes source = ours;
    const std::size_t to = below(40), from = below(40), size = below(160);
    EXPECT_EQ(nucleus_test_memcpy(ours.data() + to, source.data() + from, size), ours.data() + to);
    std::memcpy(theirs.data() + to, source.data() + from, size);
    ASSERT_EQ(ours, theirs) << to << " " << from << " " << size;
  }
}

TEST_F(MemoryFunctions, MoveWithinTheSame) {
  for (std::size_t i = 0; i < 20000; ++i) {
    fill();
    const std::size_t to = below(60), from = below(60), size = below(140);
    EXPECT_EQ(nucleus_test_memmove(ours.data() + to, ours.data() + from, size), ours.data() + to);
    std::memmove(theirs.data() + to, theirs.data() + from, size);
    ASSERT_EQ(ours, theirs) << to << " " << from << " " << size;
  }
}

TEST_F(MemoryFunctions, CompareAndFind) {
  for (std::size_t i = 0; i < 5000; ++i) {
    fill();
    const std::size_t at = below(150);
    theirs[at] = static_cast<unsigned char>(theirs[at] + below(2));
    const int expected = std::memcmp(ours.data(), theirs.data(), 150);
    const int found = nucleus_test_memcmp(ours.data(), theirs.data(), 150);
    EXPECT_EQ(found < 0, expected < 0);
    EXPECT_EQ(found > 0, expected > 0);
    const int byte = static_cast<int>(below(256));
    EXPECT_EQ(nucleus_test_memchr(ours.data(), byte, 150), std::memchr(ours.data(), byte, 150));
  }
}

TEST_F(MemoryFunctions, Length) {
  EXPECT_EQ(nucleus_test_strlen(""), 0U);
  EXPECT_EQ(nucleus_test_strlen("four"), 4U);
}

}  // namespace
