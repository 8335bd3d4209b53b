// SPDX-License-Identifier: ISC
#pragma once

// The page tables of the first moments, of which the entry stub has the room (entry.S).

#include <nucleus/address.h>

#include <cstdint>

namespace arch::x86_64 {

struct alignas(nucleus::page_size) BootTable {
  std::uint64_t entry[512];
};

inline constexpr unsigned boot_gigabytes = 4;

extern "C" {
extern BootTable boot_table_4;
extern BootTable boot_table_3;  // one serves both ends of the address space
extern BootTable boot_tables_gib[boot_gigabytes];
}

}  // namespace arch::x86_64
