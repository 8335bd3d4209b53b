// SPDX-License-Identifier: ISC

#include <arch/mmu.h>

#include "instructions.h"

namespace arch {

void flush_tlb(nucleus::VirtAddr at, std::size_t pages) {
  constexpr std::size_t all_is_cheaper = 64;
  if (pages > all_is_cheaper) return flush_tlb_all();
  for (std::size_t i = 0; i < pages; ++i) {
    asm volatile("invlpg (%0)" : : "r"(at.value + i * nucleus::page_size) : "memory");
  }
}

void flush_tlb_all() {
  // Changing the global-page bit is what also drops global entries.
  const std::uint64_t control = x86_64::read_cr4();
  x86_64::write_cr4(control & ~x86_64::cr4::page_global);
  x86_64::write_cr4(control);
}

}  // namespace arch
