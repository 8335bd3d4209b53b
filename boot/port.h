// SPDX-License-Identifier: ISC
#pragma once

// What each architecture supplies: constants in arch/NAME/port_facts.h, functions in arch/NAME/port.cc and
// start.S.

#include <nucleus/address.h>

#include <port_facts.h>  // elf_machine, relative_relocation, highest_address, hhdm_offset, PageFormat

#include <cstdint>

namespace loader {

/// Before boot services end: what the machine must be able to. Fails for good if it cannot.
void prepare_to_enter();

/// Adds what the way to the kernel needs of the loader itself in the kernel's first page tables.
void map_own(class PageTables& tables);

/// What page-table entries of normal memory must have besides what PageFormat puts into them.
std::uint64_t extra_leaf_bits();

struct KernelEntry {
  nucleus::PhysAddr page_table_root{};
  std::uint64_t entry = 0;      // link address
  std::uint64_t stack_top = 0;  // in the direct map
  nucleus::PhysAddr image{};    // what was written and is going to be executed
  std::uint64_t image_size = 0;
};

/// After boot services have ended: the machine becomes what the protocol wants at the kernel's entry.
[[noreturn]] void enter_kernel(const KernelEntry& kernel);

}  // namespace loader
