// SPDX-License-Identifier: ISC

#include <arch/mmu.h>

namespace arch {
namespace {
constexpr std::size_t worth_flushing_all = 64;
}

void flush_tlb(nucleus::VirtAddr at, std::size_t pages) {
  if (pages > worth_flushing_all) return flush_tlb_all();
  asm volatile("dsb ishst" : : : "memory");
  for (std::size_t i = 0; i < pages; ++i) {
    const std::uint64_t page = (at.value >> nucleus::page_shift) + i;
    asm volatile("tlbi vaae1, %0" : : "r"(page & 0xfff'ffff'ffff) : "memory");
  }
  asm volatile("dsb nsh\n\tisb" : : : "memory");
}

void flush_tlb_all() {
  asm volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

}  // namespace arch
