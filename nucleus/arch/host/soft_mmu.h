// SPDX-License-Identifier: ISC
#pragma once

// The simulated MMU: makes the program window's addresses usable in tests. A touched page is looked up in the
// nucleus' page table, by a SIGSEGV handler, and mapped there from the file that stands for physical memory.

#include <nucleus/address.h>

#include <cstdint>

namespace host {

/// Physical memory [start, start + size) is the content of `file`, a descriptor.
void start_soft_mmu(int file, nucleus::PhysAddr start, std::uint64_t size);

/// What the TLB would forget.
void forget_translations(nucleus::VirtAddr at, std::uint64_t size);
void forget_all_translations();

}  // namespace host
