// SPDX-License-Identifier: ISC

#include "page_tables.h"

#include "machine.h"
#include "port.h"

namespace loader {

using nucleus::PhysAddr;
using nucleus::VirtAddr;

namespace {

std::uint64_t* entries(PhysAddr table) {
  return reinterpret_cast<std::uint64_t*>(table.value);  // firmware maps memory where it is
}

}  // namespace

PageTables::PageTables() : root_{allocate_pages(1)} {}

void PageTables::map(VirtAddr at, PhysAddr from, std::uint64_t size, nucleus::Access access) {
  const std::uint64_t start = nucleus::align_down(at.value, nucleus::page_size);
  const std::uint64_t end = nucleus::align_up(at.value + size, nucleus::page_size);
  const std::uint64_t offset = from.value - at.value;
  for (std::uint64_t page = start; page != end;) {
    const PhysAddr frame{page + offset};
    const bool large = nucleus::is_aligned(page, nucleus::large_page_size) &&
                       nucleus::is_aligned(frame.value, nucleus::large_page_size) &&
                       end - page >= nucleus::large_page_size;
    map_one({page}, frame, large ? 1 : 0, access);
    page += large ? nucleus::large_page_size : nucleus::page_size;
  }
}

void PageTables::map_one(VirtAddr at, PhysAddr from, unsigned level, nucleus::Access access) {
  PhysAddr table = root_;
  for (unsigned here = PageFormat::levels() - 1; here > level; --here) {
    std::uint64_t& entry = entries(table)[PageFormat::index(at, here)];
    if (!PageFormat::is_present(entry)) entry = PageFormat::make_table(allocate_pages(1));
    if (PageFormat::is_leaf(entry, here)) return;  // a large page that is there already
    table = PageFormat::address(entry);
  }
  std::uint64_t& leaf = entries(table)[PageFormat::index(at, level)];
  if (!PageFormat::is_present(leaf))
    leaf = PageFormat::make_leaf(from, level, access, nucleus::MemoryType::normal) | extra_leaf_bits();
}

}  // namespace loader
