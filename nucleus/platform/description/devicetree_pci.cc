// SPDX-License-Identifier: ISC

// A host bridge with enhanced configuration access.  Spec: [dt "ranges"], [dt "Interrupt Mapping"], [pci/of
// "Physical Address Formats"]

#include "devicetree.h"

#include <algorithm>

namespace nucleus::description {
namespace {

using devicetree::Bus;
using devicetree::Node;
using devicetree::Property;
using devicetree::Tree;

constexpr unsigned pci_address_cells = 3;
constexpr unsigned pci_size_cells = 2;
constexpr std::uint64_t ecam_of_bus = std::uint64_t{1} << 20;

std::uint32_t window_kind(std::uint32_t high_cell) {
  switch (high_cell >> 24 & 3) {
    case 1:
      return NUCLEUS_WINDOW_PORTS;
    case 2:
      return NUCLEUS_WINDOW_MEMORY_32;
    case 3:
      return NUCLEUS_WINDOW_MEMORY_64;
    default:
      return 0;
  }
}

void describe_window(const Property& ranges, std::size_t at, const Bus& bus, nucleus_pci_host& host,
                     Description& out) {
  constexpr std::uint32_t prefetchable = 1u << 30;
  const std::uint32_t high = ranges.cell(at);
  nucleus_window window{.kind = window_kind(high),
                        .prefetchable = (high & prefetchable) != 0,
                        .bus_address = ranges.number(at + 1, 2),
                        .size = ranges.number(at + pci_address_cells + bus.address_cells(), pci_size_cells)};
  if (window.kind == 0) return;  // configuration space
  PhysRange cpu{{ranges.number(at + pci_address_cells, bus.address_cells())}, window.size};
  const bool wraps = window.size > ~window.bus_address || window.size > ~cpu.start.value;
  if (window.size == 0 || wraps || !bus.translate(cpu))
    return out.problem("devicetree: PCI window at {:x} is out of the CPU's reach", window.bus_address);
  window.cpu_address = cpu.start.value;
  auto* const added = out.add(host.windows, host.window_count, "PCI windows");
  if (added != nullptr) *added = window;
}

void describe_windows(Node node, const Bus& bus, nucleus_pci_host& host, Description& out) {
  const Property ranges = node.property("ranges");
  const std::size_t entry = pci_address_cells + bus.address_cells() + pci_size_cells;
  if (bus.address_cells() > 2 || ranges.cell_count() % entry != 0)
    return out.problem("devicetree: {}'s ranges are no whole number of entries", node.name());
  for (std::size_t at = 0; at + entry <= ranges.cell_count(); at += entry)
    describe_window(ranges, at, bus, host, out);
}

void describe_routes(const Tree& tree, Node node, nucleus_pci_host& host, Description& out) {
  const Property map = node.property("interrupt-map");
  const Property mask = node.property("interrupt-map-mask");
  if (map.value.empty()) return;
  if (mask.cell_count() != pci_address_cells + 1)
    return out.problem("devicetree: {} has no interrupt mask", node.name());
  host.route_device_mask = mask.cell(0);
  host.route_pin_mask = mask.cell(pci_address_cells);
  for (std::size_t at = 0; at < map.cell_count();) {
    constexpr std::size_t to_controller = pci_address_cells + 1;
    Node controller;
    if (!find_phandle(tree, map.cell(at + to_controller), controller))
      return out.problem("devicetree: {} sends an interrupt to nobody", node.name());
    const std::size_t line_at = at + to_controller + 1 + controller.cell_or("#address-cells", 0);
    const std::size_t cells = controller.cell_or("#interrupt-cells", 1);
    if (cells == 0 || cells > 4 || line_at > map.cell_count() || map.cell_count() - line_at < cells)
      return out.problem("devicetree: {}'s interrupt map is cut off", node.name());
    auto* const route = out.add(host.routes, host.route_count, "PCI interrupt routes");
    if (route == nullptr) return;
    *route = {.device = map.cell(at),
              .pin = map.cell(at + pci_address_cells),
              .line = line_of(controller, map, line_at)};
    at = line_at + cells;
  }
}

}  // namespace

void describe_pci_host(const Tree& tree, Node node, const Bus& bus, Description& out) {
  PhysRange ecam;
  if (!bus.registers(node, 0, ecam))
    return out.problem("devicetree: {} has no configuration space", node.name());
  const Property buses = node.property("bus-range");
  const std::uint32_t first = buses.cell_count() == 2 ? buses.cell(0) : 0;
  std::uint32_t last = buses.cell_count() == 2 ? buses.cell(1) : 255;
  if (first > last || last > 255 || !is_aligned(ecam.start.value, page_size) || ecam.size < ecam_of_bus)
    return out.problem("devicetree: {} cannot have buses {} to {}", node.name(), first, last);
  // The configuration space may be too small for all of them.
  const auto room = static_cast<std::uint32_t>(std::min(ecam.size / ecam_of_bus, std::uint64_t{256}));
  last = std::min(last, first + room - 1);
  auto* const host = out.add_pci_host();
  if (host == nullptr) return;
  host->segment = node.cell_or("linux,pci-domain", 0);
  host->first_bus = first;
  host->last_bus = last;
  host->ecam = {ecam.start.value, (last - first + 1) * ecam_of_bus};
  // A map's row: requester, controller, message, count. One row for all is what there is.
  host->msi_controller = node.cell_or("msi-parent", node.property("msi-map").cell(1));
  describe_windows(node, bus, *host, out);
  describe_routes(tree, node, *host, out);
}

}  // namespace nucleus::description
