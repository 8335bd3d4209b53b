// SPDX-License-Identifier: ISC
#pragma once

// The loader's page tables of the image, which stay in use until the core has made its own: they lie in
// memory that the loader calls reclaimable. Pure: also compiled into the host tests.

#include <boot/common/physical_reader.h>

#include <nucleus/boot_info.h>

namespace nucleus::limine {

/// Reserves the tables behind `entry`, which is that of the image's gigabyte in a level-3 table. Returns
/// null, or what is wrong, as a phrase.
const char* reserve_loaders_tables(std::uint64_t entry, const PhysicalReader& reader, BootInfo& boot);

}  // namespace nucleus::limine
