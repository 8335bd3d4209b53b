// SPDX-License-Identifier: ISC
#pragma once

// Walking a devicetree with the knowledge that is spread along the path from the root: how many cells an
// address takes on each bus, and how each bus' addresses become the CPU's.

#include <nucleus/boot_info.h>

#include "fdt.h"

namespace nucleus::devicetree {

/// The bus that a node's children sit on, linked to the bus the node itself sits on.
class Bus {
 public:
  /// The root bus; its addresses are the CPU's.
  explicit Bus(Node root) : Bus{root, nullptr} {}
  Bus(Node node, const Bus* parent)
      : node_{node},
        parent_{parent},
        address_cells_{node.cell_or("#address-cells", 2)},
        size_cells_{node.cell_or("#size-cells", 1)} {}

  /// Entry `index` of a child's `reg`, as the CPU sees it. False if there is no such entry, if its cells do
  /// not fit 64 bits, or if a bus on the way does not pass it on.
  bool registers(Node child, unsigned index, PhysRange& out) const;
  unsigned address_cells() const { return address_cells_; }
  /// Makes a range of this bus' addresses one of the CPU's. False if a bus on the way does not pass it on.
  bool translate(PhysRange& range) const;

 private:
  Node node_;
  const Bus* parent_;
  std::uint32_t address_cells_;
  std::uint32_t size_cells_;
};

/// Calls visit(node, bus) for every enabled node below `node`, parents first; `bus` is the one the node sits
/// on.
template <typename Visit>
void for_each_node(Node node, const Bus& bus, Visit&& visit) {
  node.for_each_child([&](Node child) {
    if (!child.enabled()) return;
    visit(child, bus);
    for_each_node(child, Bus{child, &bus}, visit);
  });
}

}  // namespace nucleus::devicetree
