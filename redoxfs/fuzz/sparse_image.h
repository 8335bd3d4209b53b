// SPDX-License-Identifier: ISC
#pragma once

// An image as the fuzzer has it: only the blocks that are not zero, each with its number, so that inputs are
// small.

#include <redoxfs/services.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/format.h"

namespace redoxfs::fuzz {

inline constexpr std::uint64_t device_blocks = 640;

class SparseImage final : public BlockDevice {
 public:
  using Data = std::array<std::byte, block_size>;

  SparseImage() = default;
  /// Reads (number u16, 4096 bytes) records; what is left over at the end is ignored.
  explicit SparseImage(ConstBytes input) {
    constexpr std::size_t each = 2 + block_size;
    for (; input.size() >= each; input = input.subspan(each)) {
      std::uint16_t number;
      std::memcpy(&number, input.data(), sizeof number);
      std::memcpy(blocks[number % device_blocks].data(), input.data() + 2, block_size);
    }
  }
  std::vector<std::byte> serialize() const {
    std::vector<std::byte> out;
    for (const auto& [number, data] : blocks) {
      if (std::all_of(data.begin(), data.end(), [](std::byte b) { return b == std::byte{}; })) continue;
      const auto index = static_cast<std::uint16_t>(number);
      const auto* raw = reinterpret_cast<const std::byte*>(&index);
      out.insert(out.end(), raw, raw + sizeof index);
      out.insert(out.end(), data.begin(), data.end());
    }
    return out;
  }

  std::uint64_t block_count() const override { return device_blocks; }
  Result<void> read(std::uint64_t first, Bytes into) override {
    for (; !into.empty(); into = into.subspan(block_size), first++) {
      if (first >= device_blocks) return Error::io;
      const auto found = blocks.find(first);
      if (found == blocks.end())
        std::memset(into.data(), 0, block_size);
      else
        std::memcpy(into.data(), found->second.data(), block_size);
    }
    return {};
  }
  Result<void> write(std::uint64_t first, ConstBytes from) override {
    for (; !from.empty(); from = from.subspan(block_size), first++) {
      if (first >= device_blocks) return Error::io;
      std::memcpy(blocks[first].data(), from.data(), block_size);
    }
    return {};
  }
  Result<void> barrier() override { return {}; }

  std::map<std::uint64_t, Data> blocks;
};

/// Gives every block that can be reached from the newest header the hash that its pointer wants, so that a
/// mutation is met by the code behind the checksums.
void repair_checksums(SparseImage& image);

/// Opens, walks, reads, writes, checks and repairs the image; aborts when something impossible happens.
void exercise(SparseImage& image);

}  // namespace redoxfs::fuzz
