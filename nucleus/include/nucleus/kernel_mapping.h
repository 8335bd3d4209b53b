// SPDX-License-Identifier: ISC
#pragma once

// The nucleus' own mappings: the final page table with the direct map and the image under W^X, kernel stacks
// with a guard below each, and device registers.

#include <nucleus/address.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/result.h>

#include <cstddef>
#include <cstdint>

namespace nucleus {
struct BootInfo;

/// Builds the final page table and switches to it. The boot tables' low mappings are gone afterwards. Called
/// once, after init_frames.
void init_kernel_mapping(const BootInfo& boot);

/// The page-table root that secondary CPUs load.
PhysAddr kernel_page_table_root();

// map_device() and allocate_port_page() are declared in arch_upcalls.h.

}  // namespace nucleus
