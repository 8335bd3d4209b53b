// SPDX-License-Identifier: ISC
#pragma once

// The simulated machine's page-table entries: four levels, and a layout that no real machine has, so that
// nothing in the core can depend on one.
//
//   bit 0 present, 1 leaf, 2 read, 3 write, 4 execute, 5 user, 6-7 memory type, 12-51 frame address

#include <nucleus/address.h>

#include <cstdint>

namespace host {

struct HostPageFormat {
  static constexpr std::uint64_t address_mask = 0x000f'ffff'ffff'f000;

  static constexpr unsigned levels() { return 4; }
  static constexpr unsigned index(nucleus::VirtAddr at, unsigned level) {
    return (at.value >> (nucleus::page_shift + 9 * level)) & 511;
  }
  static constexpr std::uint64_t make_table(nucleus::PhysAddr at) { return at.value | 1; }
  static constexpr std::uint64_t make_leaf(nucleus::PhysAddr at, unsigned /*level*/, nucleus::Access access,
                                           nucleus::MemoryType type) {
    return at.value | 3 | std::uint64_t{access.read} << 2 | std::uint64_t{access.write} << 3 |
           std::uint64_t{access.execute} << 4 | std::uint64_t{access.user} << 5 |
           static_cast<std::uint64_t>(type) << 6;
  }
  static constexpr bool is_present(std::uint64_t entry) { return entry & 1; }
  static constexpr bool is_leaf(std::uint64_t entry, unsigned /*level*/) { return entry & 2; }
  static constexpr nucleus::PhysAddr address(std::uint64_t entry) { return {entry & address_mask}; }
  static constexpr nucleus::Access access(std::uint64_t entry) {
    return {.read = (entry & 4) != 0,
            .write = (entry & 8) != 0,
            .execute = (entry & 16) != 0,
            .user = (entry & 32) != 0};
  }
};

}  // namespace host
