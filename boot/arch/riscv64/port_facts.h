// SPDX-License-Identifier: ISC
#pragma once

#include <arch/riscv64/page_format.h>

#include <cstdint>

namespace loader {

inline constexpr std::uint16_t elf_machine = 243;
inline constexpr std::uint64_t relative_relocation = 3;  // its type in an ELF file
inline constexpr std::uint64_t highest_address = ~std::uint64_t{0};
inline constexpr std::uint64_t hhdm_offset = 0xffff'ffc0'0000'0000;

/// Sv39, which every CPU has.
using PageFormat = arch::riscv64::Sv39;

}  // namespace loader
