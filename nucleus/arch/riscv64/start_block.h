// SPDX-License-Identifier: ISC
#pragma once

// What a secondary hart finds at the physical address it is started with, while paging is still off.

#include <nucleus/address.h>

#include <cstddef>
#include <cstdint>

namespace arch::riscv64 {

/// Read by boot.S.
struct StartBlock {
  std::uint64_t satp = 0;
  std::uintptr_t cpu_entry = 0;
  std::uintptr_t stack_top = 0;
};
static_assert(offsetof(StartBlock, cpu_entry) == 8 && offsetof(StartBlock, stack_top) == 16);

/// Physical address of the code a secondary hart starts at.
nucleus::PhysAddr secondary_entry_address();

}  // namespace arch::riscv64
