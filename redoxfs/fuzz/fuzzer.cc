// SPDX-License-Identifier: ISC

// libFuzzer's target. Its mutator changes bytes and fields of blocks that are in use, then repairs the
// checksums.

#include <algorithm>
#include <random>

#include "fuzz/sparse_image.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

using namespace redoxfs;
using namespace redoxfs::fuzz;

ConstBytes bytes(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

/// A value that code at the edge of something trips over.
std::uint64_t odd_value(std::mt19937& random, const SparseImage& image) {
  switch (random() % 6) {
    case 0:
      return random() % 4;
    case 1:
      return ~std::uint64_t{0} - random() % 4;
    case 2:
      return std::uint64_t{1} << random() % 64;
    case 3:
      return random();
    default: {  // a pointer to something else that is there
      auto at = image.blocks.begin();
      std::advance(at, static_cast<long>(random() % image.blocks.size()));
      return at->first << 8 | (random() % 4 ? 0 : random() % 256);
    }
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  std::mt19937 random(seed);
  SparseImage image(bytes(data, size));
  if (image.blocks.empty()) return LLVMFuzzerMutate(data, size, max_size);
  for (unsigned count = 1 + random() % 4; count > 0; count--) {
    auto at = image.blocks.begin();
    std::advance(at, static_cast<long>(random() % image.blocks.size()));
    auto* raw = reinterpret_cast<uint8_t*>(at->second.data());
    switch (random() % 5) {
      case 0:
        LLVMFuzzerMutate(raw, block_size, block_size);
        break;
      case 1:
        raw[random() % block_size] ^= static_cast<uint8_t>(1u << random() % 8);
        break;
      case 2: {
        const std::uint64_t value = odd_value(random, image);
        const size_t width = size_t{1} << random() % 4;
        std::memcpy(raw + random() % (block_size / width) * width, &value, width);
        break;
      }
      case 3: {  // copy a pointer, or two
        std::memcpy(raw + random() % 255 * 16, raw + random() % 255 * 16, 16);
        break;
      }
      case 4: {  // one block's content becomes another's
        auto other = image.blocks.begin();
        std::advance(other, static_cast<long>(random() % image.blocks.size()));
        if (random() % 8 == 0) at->second = other->second;
        break;
      }
    }
  }
  if (random() % 16 != 0) repair_checksums(image);
  const auto out = image.serialize();
  if (out.empty() || out.size() > max_size) return size;
  std::memcpy(data, out.data(), out.size());
  return out.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SparseImage image(bytes(data, size));
  exercise(image);
  return 0;
}
