// SPDX-License-Identifier: ISC
#pragma once

// The page-table entry of RISC-V: Sv39 with three levels, Sv48 with four, Sv57 with five. Pure: also compiled
// into the host tests. Memory types have no place in it: they are attributes of physical addresses. Spec:
// [riscv/priv "Sv39: Page-Based 39-bit Virtual-Memory System"]

#include <nucleus/address.h>

#include <cstdint>

namespace arch::riscv64 {

template <unsigned level_count>
struct PageFormat {
  static constexpr std::uint64_t valid = 1u << 0;
  static constexpr std::uint64_t readable = 1u << 1;
  static constexpr std::uint64_t writable = 1u << 2;
  static constexpr std::uint64_t executable = 1u << 3;
  static constexpr std::uint64_t user = 1u << 4;
  static constexpr std::uint64_t global = 1u << 5;
  static constexpr std::uint64_t accessed = 1u << 6;
  static constexpr std::uint64_t dirty = 1u << 7;
  static constexpr std::uint64_t any_right = readable | writable | executable;  // none of them: a table
  static constexpr unsigned number_shift = 10;
  static constexpr std::uint64_t number_mask = (std::uint64_t{1} << 44) - 1;

  static constexpr unsigned levels() { return level_count; }

  static constexpr unsigned index(nucleus::VirtAddr at, unsigned level) {
    return static_cast<unsigned>(at.value >> (nucleus::page_shift + 9 * level)) & 511;
  }

  static constexpr std::uint64_t make_table(nucleus::PhysAddr at) { return number(at) | valid; }

  /// Zero (not present) if `access` grants nothing. What may be written or executed can be read, as on other
  /// ports. Accessed and dirty are set beforehand for the kernel's own pages, since a CPU may trap instead of
  /// setting them; user pages start clean so that they can be harvested. Kernel leaves are global.
  static constexpr std::uint64_t make_leaf(nucleus::PhysAddr at, unsigned, nucleus::Access access,
                                           nucleus::MemoryType) {
    if (access.none()) return 0;
    std::uint64_t entry = number(at) | valid | readable;
    if (access.write) entry |= writable;
    if (access.execute) entry |= executable;
    entry |= access.user ? user : global | accessed | dirty;
    return entry;
  }

  static constexpr bool is_present(std::uint64_t entry) { return (entry & valid) != 0; }

  static constexpr bool is_leaf(std::uint64_t entry, unsigned) { return (entry & any_right) != 0; }

  static constexpr nucleus::PhysAddr address(std::uint64_t entry) {
    return {((entry >> number_shift) & number_mask) << nucleus::page_shift};
  }

  static constexpr nucleus::Access access(std::uint64_t entry) {
    if (!is_present(entry)) return nucleus::access_none;
    return {.read = (entry & readable) != 0,
            .write = (entry & writable) != 0,
            .execute = (entry & executable) != 0,
            .user = (entry & user) != 0};
  }

 private:
  static constexpr std::uint64_t number(nucleus::PhysAddr at) {
    return (at.value >> nucleus::page_shift) << number_shift;
  }
};

using Sv39 = PageFormat<3>;
using Sv48 = PageFormat<4>;
using Sv57 = PageFormat<5>;

}  // namespace arch::riscv64
