// SPDX-License-Identifier: ISC

#include "random_generator.h"

#include <nucleus/entropy.h>
#include <nucleus/locked.h>
#include <nucleus/time.h>

#include <arch/cpu.h>

#include <array>
#include <cstring>

namespace nucleus {

namespace {

struct Entropy {
  RandomGenerator generator;
  unsigned bits = 0;  // believed to have come in
};

constinit Locked<Entropy, Rank::entropy> the_entropy;

constexpr unsigned seeded_bits = 128;

}  // namespace

void add_entropy(std::span<const std::uint8_t> bytes, unsigned entropy_bits) {
  the_entropy.with([&](Entropy& entropy) {
    entropy.generator.mix(bytes);
    entropy.bits = entropy.bits < seeded_bits ? entropy.bits + entropy_bits : entropy.bits;
  });
}

void add_timing_entropy() {
  const std::uint64_t now_ns = monotonic_ns();
  std::array<std::uint8_t, sizeof now_ns> bytes;
  std::memcpy(bytes.data(), &now_ns, sizeof now_ns);
  add_entropy(bytes, 0);
}

void random_bytes(std::span<std::uint8_t> bytes) {
  std::array<std::uint8_t, 32> fresh{};
  const unsigned bits = arch::hardware_entropy(fresh);
  add_entropy(fresh, bits);
  add_timing_entropy();
  the_entropy.with([&](Entropy& entropy) { entropy.generator.generate(bytes); });
}

bool entropy_is_seeded() {
  return the_entropy.with([](Entropy& entropy) { return entropy.bits >= seeded_bits; });
}

}  // namespace nucleus
