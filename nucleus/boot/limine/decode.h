// SPDX-License-Identifier: ISC
#pragma once

// From a Limine loader's answers to BootInfo. Pure: also compiled into the host tests.  Spec: [limine]

#include <boot/common/physical_reader.h>

#include <nucleus/boot_info.h>

#include "protocol.h"

namespace nucleus::limine {

/// What the entry stub reads while the loader's page tables are still there: without them an address in a
/// response means nothing.
struct EntryFacts {
  std::uint64_t hhdm_offset = 0;    // 0: the loader has not told
  std::uint64_t physical_base = 0;  // of the image; 0: the loader has not told
};

/// Decodes all answers. An address below the HHDM's offset is taken as physical; nothing is read through the
/// HHDM itself. `link_address` is the image's first byte, and the image has `image_size` bytes from there.
/// The first module is the boot bundle. Returns null, or what is wrong, as a phrase for the user; then too
/// `boot.devicetree.start` is set if the loader gave a devicetree, which may name the console to say it on.
///
/// Memory is what the map calls usable, the loader's own (nobody needs it once this has returned), and the
/// blocks of image and modules, of which the image and the bundle are reserved. The devicetree may lie in any
/// of it; its size is not known here, so it is the caller's to reserve.
const char* decode(const Requests& requests, const EntryFacts& facts, const PhysicalReader& reader,
                   VirtAddr link_address, std::uint64_t image_size, BootInfo& boot);

}  // namespace nucleus::limine
