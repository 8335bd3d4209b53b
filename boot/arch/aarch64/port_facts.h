// SPDX-License-Identifier: ISC
#pragma once

#include <arch/aarch64/page_format.h>

#include <cstdint>

namespace loader {

inline constexpr std::uint16_t elf_machine = 183;
inline constexpr std::uint64_t relative_relocation = 1027;  // its type in an ELF file
inline constexpr std::uint64_t highest_address = ~std::uint64_t{0};
inline constexpr std::uint64_t hhdm_offset = 0xffff'0000'0000'0000;

/// The protocol wants addresses of 48 bits: a level more than the nucleus has.
struct PageFormat : arch::aarch64::PageFormat {
  static constexpr unsigned levels() { return 4; }
};

}  // namespace loader
