// SPDX-License-Identifier: ISC

// The boot story of a PVH loader, from the first C++ instruction to the core.

#include <boot/common/image_table.h>
#include <boot/common/memory_ranges.h>
#include "start_info.h"

#include <nucleus/boot_info.h>
#include <nucleus/memory_layout.h>
#include <nucleus/panic.h>

#include <arch/x86_64/early.h>
#include <arch/x86_64/instructions.h>
#include <arch/x86_64/page_format.h>
#include <boot/pvh/boot_tables.h>

namespace nucleus::pvh {
namespace {

using arch::x86_64::boot_table_3;
using arch::x86_64::boot_table_4;
using arch::x86_64::BootTable;
using arch::x86_64::PageFormat;

constexpr PhysAddr image_at{layout::image_start - layout::image_base};

BootInfo boot_info;
BootTable image_table;
BootTable image_last_tables[boot::max_split_blocks];

/// Exchanges the entry stub's view of the image, with every right, for one with each part's own, and ends the
/// one at address 0, which the change of mode needed.
void restrict_rights() {
  const auto physical = [](const void* part_of_image) {
    return PhysAddr{VirtAddr::of(part_of_image) - layout::image_base};
  };
  boot::fill_image_table<PageFormat>(image_table, image_last_tables, physical(image_last_tables), image_at,
                                     boot::image_parts());
  boot_table_4.entry[0] = 0;
  boot_table_3.entry[0] = 0;
  boot_table_3.entry[PageFormat::index(layout::image_base, 2)] =
      PageFormat::make_table(physical(&image_table));
  arch::x86_64::write_cr3(physical(&boot_table_4).value);
}

extern "C" [[noreturn]] void pvh_boot(std::uint32_t start_info) {
  arch::x86_64::begin();
  restrict_rights();
  if (const char* problem = decode({start_info}, arch::x86_64::boot_memory(), boot_info)) panic(problem);
  boot_info.image = {image_at, arch::x86_64::image_size()};
  NUCLEUS_CHECK(add_reserved(boot_info, boot_info.image).ok());
  arch::x86_64::enter_core(boot_info);
}

}  // namespace
}  // namespace nucleus::pvh
