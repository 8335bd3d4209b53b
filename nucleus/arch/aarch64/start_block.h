// SPDX-License-Identifier: ISC
#pragma once

// What a secondary CPU finds at the physical address it is started with, while its MMU and caches are still
// off.

#include <nucleus/address.h>
#include <nucleus/entry.h>

#include <cstddef>
#include <cstdint>

namespace arch::aarch64 {

/// Read by boot.S.
struct alignas(64) StartBlock {
  std::uint64_t page_table_root = 0;
  std::uint64_t identity_root = 0;
  std::uintptr_t cpu_entry = 0;
  std::uintptr_t stack_top = 0;
  std::uintptr_t catch_stack_top = 0;
};
static_assert(offsetof(StartBlock, catch_stack_top) == 32);

/// Fills `block` and writes it back to memory.
void fill_start_block(StartBlock& block, const nucleus::CpuEntry& entry, std::byte* catch_stack_top);

/// Physical address of the code a secondary CPU starts at.
nucleus::PhysAddr secondary_entry_address();

}  // namespace arch::aarch64
