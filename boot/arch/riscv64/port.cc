// SPDX-License-Identifier: ISC

#include "port.h"

namespace loader {
namespace {

constexpr std::uint64_t mode_sv39 = std::uint64_t{8} << 60;

extern "C" [[noreturn]] void cross_over(std::uint64_t satp, std::uint64_t entry, std::uint64_t stack_top);

}  // namespace

void prepare_to_enter() {}

void map_own(PageTables&) {}

std::uint64_t extra_leaf_bits() {
  return 0;
}

void enter_kernel(const KernelEntry& kernel) {
  asm volatile("fence.i" : : : "memory");
  cross_over(mode_sv39 | kernel.page_table_root.value >> nucleus::page_shift, kernel.entry, kernel.stack_top);
}

}  // namespace loader
