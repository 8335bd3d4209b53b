// SPDX-License-Identifier: ISC

#include <arch/mmu.h>

namespace arch {
namespace {
constexpr std::size_t worth_flushing_all = 64;

/// The operand of TLBI VAAE1 and VAAE1IS.
std::uint64_t page_operand(nucleus::VirtAddr at, std::size_t index) {
  return ((at.value >> nucleus::page_shift) + index) & 0xfff'ffff'ffff;
}
}  // namespace

void flush_tlb(nucleus::VirtAddr at, std::size_t pages) {
  if (pages > worth_flushing_all) return flush_tlb_all();
  asm volatile("dsb ishst" : : : "memory");
  for (std::size_t i = 0; i < pages; ++i)
    asm volatile("tlbi vaae1, %0" : : "r"(page_operand(at, i)) : "memory");
  asm volatile("dsb nsh\n\tisb" : : : "memory");
}

void flush_tlb_all() {
  asm volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

bool flush_tlb_everywhere(nucleus::VirtAddr at, std::size_t pages) {
  asm volatile("dsb ishst" : : : "memory");
  if (pages > worth_flushing_all) {
    asm volatile("tlbi vmalle1is" : : : "memory");
  } else {
    for (std::size_t i = 0; i < pages; ++i)
      asm volatile("tlbi vaae1is, %0" : : "r"(page_operand(at, i)) : "memory");
  }
  asm volatile("dsb ish\n\tisb" : : : "memory");
  return true;
}

}  // namespace arch
