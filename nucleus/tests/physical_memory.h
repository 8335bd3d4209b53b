// SPDX-License-Identifier: ISC
#pragma once

// A little physical memory for decoders of boot structures: blocks at addresses, unreachable elsewhere.

#include <boot/common/physical_reader.h>

#include <cstring>
#include <map>
#include <vector>

namespace testing_memory {

class PhysicalMemory {
 public:
  void put(std::uint64_t at, std::vector<std::byte> bytes) { blocks_[at] = std::move(bytes); }

  template <typename T>
  void put_value(std::uint64_t at, const T& value) {
    std::vector<std::byte> bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    put(at, std::move(bytes));
  }

  nucleus::PhysicalReader reader() {
    return {[](void* self, nucleus::PhysAddr at, std::size_t size) {
              return static_cast<PhysicalMemory*>(self)->find(at.value, size);
            },
            this};
  }

 private:
  const std::byte* find(std::uint64_t at, std::size_t size) const {
    auto after = blocks_.upper_bound(at);
    if (after == blocks_.begin()) return nullptr;
    const auto& [start, bytes] = *--after;
    const std::uint64_t offset = at - start;
    return offset <= bytes.size() && size <= bytes.size() - offset ? bytes.data() + offset : nullptr;
  }

  std::map<std::uint64_t, std::vector<std::byte>> blocks_;
};

}  // namespace testing_memory
