// SPDX-License-Identifier: ISC
#pragma once

// Page-table root and TLB of this CPU on x86_64.

#include <nucleus/address.h>

#include <cstddef>
#include <cstdint>

namespace arch {

inline nucleus::PhysAddr page_table_root() {
  std::uint64_t value;
  asm volatile("movq %%cr3, %0" : "=r"(value));
  return {value & 0x000f'ffff'ffff'f000};
}
inline void set_page_table_root(nucleus::PhysAddr root) {
  asm volatile("movq %0, %%cr3" : : "r"(root.value) : "memory");
}

void flush_tlb(nucleus::VirtAddr at, std::size_t pages);
/// Global pages included.
void flush_tlb_all();
/// There is no such instruction.
inline bool flush_tlb_everywhere(nucleus::VirtAddr, std::size_t) {
  return false;
}

/// x86_64 never caches an entry that was not present, and re-walks before it faults on rights.
inline void publish_page_table() {
  asm volatile("" : : : "memory");
}

}  // namespace arch
