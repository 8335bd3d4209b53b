// SPDX-License-Identifier: ISC

#include "aia.h"

namespace nucleus::devicetree {
namespace {

constexpr std::uint32_t supervisor_external = 9;

/// Whether its first hart gets a supervisor's external interrupts from it.
bool is_for_supervisor(Node node) {
  const Property targets = node.property("interrupts-extended");
  return targets.cell_count() >= 2 && targets.cell(1) == supervisor_external;
}

}  // namespace

bool decode_aplic(Node root, Node node, const Bus& bus, InterruptController& found, Node& targets) {
  if (!node.compatible("riscv,aplic") || !bus.registers(node, 0, found.registers)) return false;
  found.line_count = node.cell_or("riscv,num-sources", 0);
  const std::uint32_t messages_to = node.cell_or("msi-parent", 0);
  if (messages_to == 0) {
    found.kind = InterruptControllerKind::aplic;
    targets = node;
    return is_for_supervisor(node);
  }
  bool is_ours = false;
  for_each_node(root, Bus{root}, [&](Node imsic, const Bus& imsic_bus) {
    if (!imsic.compatible("riscv,imsics") || imsic.cell_or("phandle", 0) != messages_to) return;
    // Several groups have their pages apart, which their APLIC would have to be told.
    if (!is_for_supervisor(imsic) || imsic.cell_or("riscv,group-index-bits", 0) != 0) return;
    if (!imsic_bus.registers(imsic, 0, found.cpu_registers)) return;
    found.kind = InterruptControllerKind::imsic;
    found.message_count = imsic.cell_or("riscv,num-ids", 0);
    found.guest_index_bits = imsic.cell_or("riscv,guest-index-bits", 0);
    targets = imsic;
    is_ours = found.guest_index_bits < 8 && found.message_count < 2048;
  });
  return is_ours;
}

}  // namespace nucleus::devicetree
