// SPDX-License-Identifier: ISC
#pragma once

// What the nucleus' and the loader's targets share: memory from an input.

#include <boot/common/physical_reader.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "entry.h"

namespace fuzz {

/// A block of the heap of just this size, so that AddressSanitizer sees one byte too far.
class ExactCopy {
 public:
  explicit ExactCopy(std::span<const std::uint8_t> bytes)
      : bytes_{new std::byte[bytes.size()]}, size_{bytes.size()} {
    if (size_ != 0) std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_;
};

/// Physical memory whose bytes from `start` on are the input's, and that is out of reach elsewhere.
class Memory {
 public:
  static constexpr std::uint64_t start = 0x1000;

  explicit Memory(std::span<const std::uint8_t> input) : input_{input} {}

  nucleus::PhysicalReader reader() {
    return {[](void* self, nucleus::PhysAddr at, std::size_t size) {
              return static_cast<Memory*>(self)->find(at.value, size);
            },
            this};
  }

 private:
  const std::byte* find(std::uint64_t at, std::size_t size) {
    if (at < start || at - start > input_.size() || size > input_.size() - (at - start)) return nullptr;
    return copies_.emplace_back(input_.subspan(at - start, size)).bytes().data();
  }

  std::span<const std::uint8_t> input_;
  std::vector<ExactCopy> copies_;
};

}  // namespace fuzz
