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

/// The hart that is being started, for one that comes to the image's entry instead. Read by boot.S.
struct StartingHart {
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  std::uint64_t hart = none;  // written last
  std::uint64_t block = 0;    // physical address of its StartBlock
};
static_assert(offsetof(StartingHart, hart) == 0 && offsetof(StartingHart, block) == 8);

/// Physical address of the code a secondary hart starts at.
nucleus::PhysAddr secondary_entry_address();

}  // namespace arch::riscv64
