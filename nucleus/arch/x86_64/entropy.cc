// SPDX-License-Identifier: ISC

// Entropy of the CPU: RDSEED, RDRAND, and the jitter of the time-stamp counter, which is mixed in whatever
// else there is.

#include <arch/cpu.h>

#include "cpu_features.h"
#include "instructions.h"

#include <algorithm>

namespace arch {
namespace {

using namespace x86_64;

constexpr unsigned attempts = 10;  // as Intel's guide has it; a failure is rare and short

bool seed_word(std::uint64_t& word) {
  for (unsigned i = 0; i < attempts; ++i) {
    bool ok;
    asm volatile("rdseed %0" : "=r"(word), "=@ccc"(ok));
    if (ok) return true;
  }
  return false;
}

bool random_word(std::uint64_t& word) {
  for (unsigned i = 0; i < attempts; ++i) {
    bool ok;
    asm volatile("rdrand %0" : "=r"(word), "=@ccc"(ok));
    if (ok) return true;
  }
  return false;
}

/// How long the same few instructions take each time: on real hardware, and more so under a host, it is never
/// quite the same.
std::uint64_t jitter_word() {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < 16; ++i) word = (word << 7 | word >> 57) ^ read_tsc();
  return word;
}

}  // namespace

unsigned hardware_entropy(std::span<std::uint8_t> bytes) {
  unsigned bits = 0;
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(bytes.size(), sizeof word);
    if ((cpu_features().rdseed && seed_word(word)) || (cpu_features().rdrand && random_word(word))) {
      bits += static_cast<unsigned>(size) * 8;
    } else {
      bits += 1;
    }
    word ^= jitter_word();
    __builtin_memcpy(bytes.data(), &word, size);
    bytes = bytes.subspan(size);
  }
  return bits;
}

std::uint64_t hardware_capabilities() {
  return cpu_features().hardware_capabilities;
}

}  // namespace arch
