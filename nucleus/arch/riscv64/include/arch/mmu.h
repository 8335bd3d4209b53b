// SPDX-License-Identifier: ISC
#pragma once

// Page-table root (satp) and TLB of this CPU on RISC-V.

#include <nucleus/address.h>

#include <cstddef>
#include <cstdint>

namespace arch {

inline constexpr std::uint64_t satp_mode_sv39 = std::uint64_t{8} << 60;

inline nucleus::PhysAddr page_table_root() {
  std::uint64_t value;
  asm volatile("csrr %0, satp" : "=r"(value));
  return {(value & ((std::uint64_t{1} << 44) - 1)) << nucleus::page_shift};
}
inline void set_page_table_root(nucleus::PhysAddr root) {
  const std::uint64_t value = satp_mode_sv39 | root.value >> nucleus::page_shift;
  asm volatile("csrw satp, %0\n\tsfence.vma" : : "r"(value) : "memory");
}

void flush_tlb(nucleus::VirtAddr at, std::size_t pages);
/// Global pages included.
inline void flush_tlb_all() {
  asm volatile("sfence.vma" : : : "memory");
}
/// There is no such instruction.
inline bool flush_tlb_everywhere(nucleus::VirtAddr, std::size_t) {
  return false;
}

/// A CPU may have cached that an entry was absent. Fencing against that each time would empty the TLB;
/// instead the trap code fences when the same fault comes twice (traps.cc).
inline void publish_page_table() {
  asm volatile("fence w, rw" : : : "memory");
}

}  // namespace arch
