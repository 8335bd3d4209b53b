// SPDX-License-Identifier: ISC
#pragma once

// Noise from the timing of the machine itself: a last resort beside real generators, counted as no entropy.

#include <cstdint>
#include <span>

namespace nucleus::platform {

/// Mixes into `bytes` the low bits of a running counter, read at intervals that depend on what was read
/// before.
template <typename ReadCounter>
void mix_jitter(std::span<std::uint8_t> bytes, ReadCounter read_counter) {
  std::uint64_t state = read_counter();
  for (std::uint8_t& byte : bytes) {
    for (unsigned round = 0; round < 8; ++round) {
      // A linear congruential step between samples: how long it takes is what is being measured.
      for (unsigned spin = static_cast<unsigned>(state & 31) + 1; spin > 0; --spin)
        state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
      state ^= read_counter();
    }
    byte ^= static_cast<std::uint8_t>(state >> 33);
  }
}

}  // namespace nucleus::platform
