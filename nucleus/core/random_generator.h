// SPDX-License-Identifier: ISC
#pragma once

// RandomGenerator: a ChaCha20 generator with fast key erasure, whose key also takes in whatever is mixed.
// Pure: no clock, no hardware. The state is 32 bytes; input is absorbed 32 bytes at a time by XOR and one
// block, which nobody can undo who does not know the key before.

#include "chacha20.h"

#include <span>

namespace nucleus {

class RandomGenerator {
 public:
  void mix(std::span<const std::uint8_t> bytes);
  void generate(std::span<std::uint8_t> bytes);

 private:
  /// Replaces the key by the first half of a block made with it; returns the second half.
  ChaChaKey step(std::uint32_t purpose);

  ChaChaKey key_{};
  std::uint64_t steps_ = 0;
};

}  // namespace nucleus
