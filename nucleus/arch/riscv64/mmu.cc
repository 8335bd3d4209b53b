// SPDX-License-Identifier: ISC

#include <arch/mmu.h>

namespace arch {
namespace {
constexpr std::size_t worth_flushing_all = 64;
}

void flush_tlb(nucleus::VirtAddr at, std::size_t pages) {
  if (pages > worth_flushing_all) return flush_tlb_all();
  for (std::size_t i = 0; i < pages; ++i)
    asm volatile("sfence.vma %0" : : "r"(at.value + i * nucleus::page_size) : "memory");
}

}  // namespace arch
