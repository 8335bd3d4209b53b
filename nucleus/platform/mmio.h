// SPDX-License-Identifier: ISC
#pragma once

// Access to memory-mapped registers. A driver is a template over such a policy, so that tests can pass a
// fake.

#include <cstdint>

namespace nucleus::platform {

/// Registers of 32 bits at byte offsets from `base`, a mapped device address.
struct Mmio32 {
  std::uintptr_t base = 0;

  std::uint32_t read(std::uint32_t offset) const {
    return *reinterpret_cast<volatile std::uint32_t*>(base + offset);
  }
  void write(std::uint32_t offset, std::uint32_t value) const {
    *reinterpret_cast<volatile std::uint32_t*>(base + offset) = value;
  }
  /// For the registers that allow it.
  void write_byte(std::uint32_t offset, std::uint8_t value) const {
    *reinterpret_cast<volatile std::uint8_t*>(base + offset) = value;
  }
};

/// The same with 64 bits.
struct Mmio64 {
  std::uintptr_t base = 0;

  std::uint64_t read(std::uint32_t offset) const {
    return *reinterpret_cast<volatile std::uint64_t*>(base + offset);
  }
  void write(std::uint32_t offset, std::uint64_t value) const {
    *reinterpret_cast<volatile std::uint64_t*>(base + offset) = value;
  }
};

}  // namespace nucleus::platform
