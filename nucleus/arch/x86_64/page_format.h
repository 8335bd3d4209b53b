// SPDX-License-Identifier: ISC
#pragma once

// The four-level page-table entry of x86_64 (4 KiB and 2 MiB leaves). Pure: also compiled into the host
// tests. Memory types go through the PAT as arch::x86_64::page_attribute_table sets it up on every CPU.

#include <nucleus/address.h>

#include <cstdint>

namespace arch::x86_64 {

/// IA32_PAT: the power-on value, but the cache-disable bit alone means write-combining. So the PAT bit, whose
/// place differs between small and large pages, is never needed.  Spec: [x86/sdm "Page Attribute Table
/// (PAT)"]
inline constexpr std::uint64_t page_attribute_table = 0x0001'0406'0001'0406;

struct PageFormat {
  static constexpr std::uint64_t present = 1u << 0;
  static constexpr std::uint64_t writable = 1u << 1;
  static constexpr std::uint64_t user = 1u << 2;
  static constexpr std::uint64_t write_through = 1u << 3;
  static constexpr std::uint64_t cache_disable = 1u << 4;
  static constexpr std::uint64_t accessed = 1u << 5;
  static constexpr std::uint64_t dirty = 1u << 6;
  static constexpr std::uint64_t large = 1u << 7;  // level 1 and up
  static constexpr std::uint64_t global = 1u << 8;
  static constexpr std::uint64_t no_execute = std::uint64_t{1} << 63;
  static constexpr std::uint64_t address_mask = 0x000f'ffff'ffff'f000;

  static constexpr unsigned levels() { return 4; }

  static constexpr unsigned index(nucleus::VirtAddr at, unsigned level) {
    return static_cast<unsigned>(at.value >> (nucleus::page_shift + 9 * level)) & 511;
  }

  /// Rights are decided by the leaf alone, so a table grants all of them.
  static constexpr std::uint64_t make_table(nucleus::PhysAddr at) {
    return at.value | present | writable | user | accessed;
  }

  /// Zero (not present) if `access` grants nothing. Accessed and dirty are set beforehand for the kernel's
  /// own pages, which saves the walker a write; user pages start clean so that they can be harvested. Kernel
  /// leaves are global.
  static constexpr std::uint64_t make_leaf(nucleus::PhysAddr at, unsigned level, nucleus::Access access,
                                           nucleus::MemoryType type) {
    if (access.none()) return 0;
    std::uint64_t entry = at.value | present;
    if (access.write) entry |= writable;
    if (!access.execute) entry |= no_execute;
    entry |= access.user ? user : global | accessed | dirty;
    if (level > 0) entry |= large;
    if (type == nucleus::MemoryType::device) entry |= write_through | cache_disable;
    if (type == nucleus::MemoryType::write_combining) entry |= cache_disable;
    return entry;
  }

  static constexpr bool is_present(std::uint64_t entry) { return (entry & present) != 0; }

  static constexpr bool is_leaf(std::uint64_t entry, unsigned level) {
    return level == 0 || (entry & large) != 0;
  }

  static constexpr nucleus::PhysAddr address(std::uint64_t entry) { return {entry & address_mask}; }

  static constexpr nucleus::Access access(std::uint64_t entry) {
    if (!is_present(entry)) return nucleus::access_none;
    return {.read = true,
            .write = (entry & writable) != 0,
            .execute = (entry & no_execute) == 0,
            .user = (entry & user) != 0};
  }
};

}  // namespace arch::x86_64
