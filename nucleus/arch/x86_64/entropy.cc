// SPDX-License-Identifier: ISC

// Entropy of the CPU: RDSEED, RDRAND, and the jitter of the time-stamp counter, which is mixed in whatever
// else there is.

#include <arch/cpu.h>

#include <platform/jitter.h>

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

}  // namespace

unsigned hardware_entropy(std::span<std::uint8_t> bytes) {
  unsigned bits = 0;
  for (auto rest = bytes; !rest.empty();) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(rest.size(), sizeof word);
    if ((cpu_features().rdseed && seed_word(word)) || (cpu_features().rdrand && random_word(word))) {
      bits += static_cast<unsigned>(size) * 8;
    }
    __builtin_memcpy(rest.data(), &word, size);
    rest = rest.subspan(size);
  }
  nucleus::platform::mix_jitter(bytes, read_tsc);
  return bits;
}

std::uint64_t hardware_capabilities() {
  return cpu_features().hardware_capabilities;
}

}  // namespace arch
