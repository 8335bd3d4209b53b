// SPDX-License-Identifier: ISC

#include <core/random_generator.h>
#include <nucleus/entropy.h>

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace nucleus {
namespace {

TEST(ChaCha20, AgreesWithTheStandard) {
  // [rfc8439 "Test Vector for the ChaCha20 Block Function"]
  ChaChaKey key;
  for (std::uint32_t i = 0; i < 8; ++i) {
    const std::uint32_t first = 4 * i;
    key[i] = first | (first + 1) << 8 | (first + 2) << 16 | (first + 3) << 24;
  }
  const ChaChaBlock block = chacha20_block(key, 1, {0x09000000, 0x4a000000, 0});
  const ChaChaBlock expected{0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
                             0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
                             0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
  EXPECT_EQ(block, expected);
}

std::vector<std::uint8_t> output(RandomGenerator& generator, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  generator.generate(bytes);
  return bytes;
}

TEST(RandomGenerator, NeverRepeatsAndTakesEverythingIn) {
  RandomGenerator one;
  RandomGenerator two;
  EXPECT_EQ(output(one, 100), output(two, 100));
  EXPECT_NE(output(one, 32), output(one, 32));
  (void)output(two, 64);
  const std::array<std::uint8_t, 3> seed{1, 2, 3};
  two.mix(seed);
  EXPECT_NE(output(one, 32), output(two, 32));
}

TEST(Entropy, IsNeverConstant) {
  std::set<std::vector<std::uint8_t>> seen;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::uint8_t> bytes(16);
    random_bytes(bytes);
    EXPECT_TRUE(seen.insert(bytes).second);
  }
  EXPECT_TRUE(entropy_is_seeded());
}

}  // namespace
}  // namespace nucleus
