// SPDX-License-Identifier: ISC
#pragma once

// How decoders of boot structures reach physical memory: through the boot page tables on the machine, from
// arrays in tests.

#include <nucleus/address.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

class PhysicalReader {
 public:
  /// Returns the `size` bytes at `at`, or null where they are out of reach.
  using Map = const std::byte* (*)(void* context, PhysAddr at, std::size_t size);

  constexpr PhysicalReader(Map map, void* context) : map_{map}, context_{context} {}

  /// Empty if out of reach.
  std::span<const std::byte> bytes(PhysAddr at, std::size_t size) const {
    const std::byte* const data = map_(context_, at, size);
    return data == nullptr ? std::span<const std::byte>{} : std::span{data, size};
  }

  /// Copies a structure out. False if it is out of reach.
  template <typename T>
  bool read(PhysAddr at, T& into) const {
    const auto from = bytes(at, sizeof(T));
    if (from.empty()) return false;
    __builtin_memcpy(&into, from.data(), sizeof(T));
    return true;
  }

 private:
  Map map_;
  void* context_;
};

}  // namespace nucleus
