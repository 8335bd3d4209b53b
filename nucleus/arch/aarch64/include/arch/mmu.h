// SPDX-License-Identifier: ISC
#pragma once

// Page-table root (TTBR1, the upper half, where all of the kernel lives) and TLB of this CPU on AArch64.

#include <nucleus/address.h>

#include <cstddef>
#include <cstdint>

namespace arch {

inline nucleus::PhysAddr page_table_root() {
  std::uint64_t value;
  asm volatile("mrs %0, ttbr1_el1" : "=r"(value));
  return {value & 0x0000'ffff'ffff'f000};
}
inline void set_page_table_root(nucleus::PhysAddr root) {
  asm volatile("dsb ishst\n\tmsr ttbr1_el1, %0\n\tisb" : : "r"(root.value) : "memory");
}

void flush_tlb(nucleus::VirtAddr at, std::size_t pages);
/// Global pages included.
void flush_tlb_all();
/// On all CPUs, by the inner-shareable forms of the instructions: they are broadcast, and a barrier waits for
/// all.
bool flush_tlb_everywhere(nucleus::VirtAddr at, std::size_t pages);

/// The walker is another observer: what was written must reach it, and this CPU must not have walked ahead.
inline void publish_page_table() {
  asm volatile("dsb ishst\n\tisb" : : : "memory");
}

}  // namespace arch
