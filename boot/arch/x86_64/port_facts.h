// SPDX-License-Identifier: ISC
#pragma once

#include <arch/x86_64/page_format.h>

#include <cstdint>

namespace loader {

inline constexpr std::uint16_t elf_machine = 62;
inline constexpr std::uint64_t relative_relocation = 8;  // its type in an ELF file
/// Everything lies below 4 GiB, where a kernel's first page tables reach.
inline constexpr std::uint64_t highest_address = 0xffff'ffff;
inline constexpr std::uint64_t hhdm_offset = 0xffff'8000'0000'0000;

struct PageFormat : arch::x86_64::PageFormat {
  /// Not global: the kernel leaves these tables by loading a new root.
  static constexpr std::uint64_t make_leaf(nucleus::PhysAddr at, unsigned level, nucleus::Access access,
                                           nucleus::MemoryType type) {
    return arch::x86_64::PageFormat::make_leaf(at, level, access, type) & ~global;
  }
};

}  // namespace loader
