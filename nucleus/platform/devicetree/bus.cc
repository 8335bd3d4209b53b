// SPDX-License-Identifier: ISC

#include "bus.h"

namespace nucleus::devicetree {

bool Bus::registers(Node child, unsigned index, PhysRange& out) const {
  if (address_cells_ > 2 || size_cells_ > 2 || address_cells_ == 0) return false;
  const Property reg = child.property("reg");
  const std::size_t entry_cells = address_cells_ + size_cells_;
  const std::size_t first = entry_cells * index;
  if (first + entry_cells > reg.cell_count()) return false;
  out = {{reg.number(first, address_cells_)}, reg.number(first + address_cells_, size_cells_)};
  if (out.size > ~out.start.value) return false;
  return translate(out);
}

/// From this bus' addresses to the CPU's: one `ranges` after another up to the root. An empty `ranges` passes
/// addresses on as they are, a missing one passes nothing. Spec: [dt "ranges"]
bool Bus::translate(PhysRange& range) const {
  if (parent_ == nullptr) return true;
  Property ranges;
  if (!node_.find("ranges", ranges)) return false;
  if (ranges.value.empty()) return parent_->translate(range);
  if (address_cells_ > 2 || size_cells_ > 2 || parent_->address_cells_ > 2) return false;

  const std::size_t entry_cells = address_cells_ + parent_->address_cells_ + size_cells_;
  if (entry_cells == 0) return false;
  for (std::size_t at = 0; at + entry_cells <= ranges.cell_count(); at += entry_cells) {
    const std::uint64_t here = ranges.number(at, address_cells_);
    const std::uint64_t above = ranges.number(at + address_cells_, parent_->address_cells_);
    const std::uint64_t size = ranges.number(at + address_cells_ + parent_->address_cells_, size_cells_);
    if (range.start.value < here || range.start.value - here >= size) continue;
    if (range.size > size - (range.start.value - here)) continue;
    range.start.value = above + (range.start.value - here);
    return range.size <= ~range.start.value && parent_->translate(range);
  }
  return false;
}

}  // namespace nucleus::devicetree
