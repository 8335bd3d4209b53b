// SPDX-License-Identifier: ISC

#include "random_generator.h"

#include <algorithm>
#include <cstring>

namespace nucleus {

namespace {

enum Purpose : std::uint32_t { absorb, output };

}  // namespace

ChaChaKey RandomGenerator::step(std::uint32_t purpose) {
  const ChaChaNonce nonce{purpose, static_cast<std::uint32_t>(steps_),
                          static_cast<std::uint32_t>(steps_ >> 32)};
  ++steps_;
  const ChaChaBlock block = chacha20_block(key_, 0, nonce);
  ChaChaKey rest;
  std::copy_n(block.begin(), key_.size(), key_.begin());
  std::copy_n(block.begin() + key_.size(), rest.size(), rest.begin());
  return rest;
}

void RandomGenerator::mix(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    ChaChaKey words{};
    const std::size_t count = std::min(bytes.size(), sizeof words);
    std::memcpy(words.data(), bytes.data(), count);
    for (std::size_t i = 0; i < key_.size(); ++i) key_[i] ^= words[i];
    step(absorb);
    bytes = bytes.subspan(count);
  }
}

void RandomGenerator::generate(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ChaChaKey words = step(output);
    const std::size_t count = std::min(bytes.size(), sizeof words);
    std::memcpy(bytes.data(), words.data(), count);
    bytes = bytes.subspan(count);
  }
}

}  // namespace nucleus
