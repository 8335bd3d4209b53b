// SPDX-License-Identifier: ISC

#include "loaders_tables.h"

#include <boot/common/memory_ranges.h>

#include <arch/x86_64/page_format.h>

namespace nucleus::limine {
namespace {

using arch::x86_64::PageFormat;

constexpr unsigned entries = 512;

/// Loaders take page after page, upwards or downwards: a table beside the one before it continues its range.
bool reserve_table(PhysAddr at, BootInfo& boot) {
  if (boot.reserved_count != 0) {
    PhysRange& last = boot.reserved[boot.reserved_count - 1];
    if (at == last.end() || at + page_size == last.start) {
      last = {at < last.start ? at : last.start, last.size + page_size};
      return true;
    }
  }
  return add_reserved(boot, {at, page_size}).ok();
}

}  // namespace

const char* reserve_loaders_tables(std::uint64_t entry, const PhysicalReader& reader, BootInfo& boot) {
  constexpr const char* too_many = "the loader's page tables are too scattered";
  if (!PageFormat::is_present(entry) || PageFormat::is_leaf(entry, 2))
    return "the loader's page tables of the image are out of reach";
  const PhysAddr table = PageFormat::address(entry);
  if (!reserve_table(table, boot)) return too_many;
  for (unsigned i = 0; i < entries; ++i) {
    std::uint64_t lower = 0;
    if (!reader.read(table + i * sizeof lower, lower))
      return "the loader's page tables of the image are out of reach";
    if (!PageFormat::is_present(lower) || PageFormat::is_leaf(lower, 1)) continue;
    if (!reserve_table(PageFormat::address(lower), boot)) return too_many;
  }
  return nullptr;
}

}  // namespace nucleus::limine
