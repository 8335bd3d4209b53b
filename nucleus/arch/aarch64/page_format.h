// SPDX-License-Identifier: ISC
#pragma once

// The page-table descriptor of AArch64: 4 KiB granule, 39-bit addresses, so three levels (the architecture
// calls our levels 2, 1 and 0 its levels 1, 2 and 3). Pure: also compiled into the host tests. Spec: [arm/arm
// "D8.3 Translation table descriptor formats"]

#include <nucleus/address.h>

#include <cstdint>

namespace arch::aarch64 {

/// MAIR_EL1, the meaning of a descriptor's AttrIndx: 0 write-back memory, 1 device registers (nGnRE), 2
/// memory that is not cached, so that writes may combine.
inline constexpr std::uint64_t memory_attributes = 0x44'04'ff;

struct PageFormat {
  static constexpr std::uint64_t valid = 1u << 0;
  static constexpr std::uint64_t table_or_page = 1u << 1;  // clear: a block, which level 0 has not
  static constexpr unsigned attribute_shift = 2;
  static constexpr std::uint64_t user = 1u << 6;
  static constexpr std::uint64_t read_only = 1u << 7;
  static constexpr std::uint64_t inner_shareable = 3u << 8;
  static constexpr std::uint64_t accessed = 1u << 10;
  static constexpr std::uint64_t not_global = 1u << 11;
  static constexpr std::uint64_t privileged_execute_never = std::uint64_t{1} << 53;
  static constexpr std::uint64_t user_execute_never = std::uint64_t{1} << 54;
  static constexpr std::uint64_t address_mask = 0x0000'ffff'ffff'f000;

  static constexpr unsigned levels() { return 3; }

  static constexpr unsigned index(nucleus::VirtAddr at, unsigned level) {
    return static_cast<unsigned>(at.value >> (nucleus::page_shift + 9 * level)) & 511;
  }

  /// Rights are decided by the leaf alone.
  static constexpr std::uint64_t make_table(nucleus::PhysAddr at) { return at.value | valid | table_or_page; }

  /// Zero (not present) if `access` grants nothing. What may be written or executed can be read, as on other
  /// ports. User code never runs with privilege and the nucleus never executes user pages. Kernel leaves are
  /// global.
  static constexpr std::uint64_t make_leaf(nucleus::PhysAddr at, unsigned level, nucleus::Access access,
                                           nucleus::MemoryType type) {
    if (access.none()) return 0;
    std::uint64_t entry = at.value | valid | accessed | inner_shareable;
    entry |= attribute_index(type) << attribute_shift;
    if (level == 0) entry |= table_or_page;
    if (!access.write) entry |= read_only;
    if (access.user) entry |= user | not_global;
    if (!access.execute || access.user) entry |= privileged_execute_never;
    if (!access.execute || !access.user) entry |= user_execute_never;
    return entry;
  }

  static constexpr bool is_present(std::uint64_t entry) { return (entry & valid) != 0; }

  static constexpr bool is_leaf(std::uint64_t entry, unsigned level) {
    return level == 0 || (entry & table_or_page) == 0;
  }

  static constexpr nucleus::PhysAddr address(std::uint64_t entry) { return {entry & address_mask}; }

  static constexpr nucleus::Access access(std::uint64_t entry) {
    if (!is_present(entry)) return nucleus::access_none;
    const bool for_user = (entry & user) != 0;
    const std::uint64_t never = for_user ? user_execute_never : privileged_execute_never;
    return {
        .read = true, .write = (entry & read_only) == 0, .execute = (entry & never) == 0, .user = for_user};
  }

 private:
  static constexpr std::uint64_t attribute_index(nucleus::MemoryType type) {
    switch (type) {
      case nucleus::MemoryType::device:
        return 1;
      case nucleus::MemoryType::write_combining:
        return 2;
      default:
        return 0;
    }
  }
};

}  // namespace arch::aarch64
