// SPDX-License-Identifier: ISC
#pragma once

// The simulated TLB: only counted, so that tests can see a flush that was forgotten.

#include <nucleus/address.h>

#include <cstddef>

namespace arch {

nucleus::PhysAddr page_table_root();
void set_page_table_root(nucleus::PhysAddr root);
void flush_tlb(nucleus::VirtAddr at, std::size_t pages);
void flush_tlb_all();
inline bool flush_tlb_everywhere(nucleus::VirtAddr, std::size_t) {
  return false;
}
void publish_page_table();

}  // namespace arch
