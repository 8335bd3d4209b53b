// SPDX-License-Identifier: ISC

// Spec: [dt "Device Bindings"], and the bindings that the Linux kernel's documentation keeps

#include "devicetree.h"

#include <algorithm>
#include <initializer_list>

namespace nucleus::description {
namespace {

using devicetree::Bus;
using devicetree::Node;
using devicetree::Property;
using devicetree::Tree;

struct Walk {
  const Tree& tree;
  Description& out;
  std::string_view console;  // the name of the node that /chosen/stdout-path leads to
};

/// A node in its place.
struct Place {
  Node node;
  const Bus& bus;                  // the one the node sits on
  std::uint32_t interrupt_parent;  // phandle, inherited
};

bool compatible(Node node, std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    if (node.compatible(name)) return true;
  }
  return false;
}

nucleus_range range_of(PhysRange range) {
  return {range.start.value, range.size};
}

/// Entry `index` of the node's registers; a problem, and false, if they cannot be told.
bool registers_of(Walk& walk, const Place& place, unsigned index, nucleus_range& into) {
  PhysRange range;
  if (!place.bus.registers(place.node, index, range)) {
    walk.out.problem("devicetree: {} has no registers {} that the CPU reaches", place.node.name(), index);
    return false;
  }
  into = range_of(range);
  return true;
}

/// Interrupt `index` of a device.
nucleus_line interrupt_of(const Walk& walk, const Place& place, unsigned index) {
  constexpr nucleus_line none{NUCLEUS_NO_LINE, 0};
  Node controller;
  if (!find_phandle(walk.tree, place.interrupt_parent, controller)) return none;
  const std::uint32_t cells = controller.cell_or("#interrupt-cells", 1);
  const Property interrupts = place.node.property("interrupts");
  if (cells == 0 || cells > 4 || (std::size_t{index} + 1) * cells > interrupts.cell_count()) return none;
  return line_of(controller, interrupts, std::size_t{index} * cells);
}

struct ControllerKind {
  const char* compatible;
  nucleus_controller_kind kind;
  bool two_ranges;
};

constexpr ControllerKind controller_kinds[] = {
    {"arm,gic-400", NUCLEUS_GIC_DISTRIBUTOR_V2, true},
    {"arm,cortex-a15-gic", NUCLEUS_GIC_DISTRIBUTOR_V2, true},
    {"arm,cortex-a9-gic", NUCLEUS_GIC_DISTRIBUTOR_V2, true},
    {"arm,cortex-a7-gic", NUCLEUS_GIC_DISTRIBUTOR_V2, true},
    {"arm,gic-v3", NUCLEUS_GIC_DISTRIBUTOR_V3, true},
    {"arm,gic-v3-its", NUCLEUS_GIC_ITS, false},
    {"arm,gic-v2m-frame", NUCLEUS_GIC_V2M, false},
    {"riscv,plic0", NUCLEUS_PLIC, false},
    {"sifive,plic-1.0.0", NUCLEUS_PLIC, false},
    {"riscv,clint0", NUCLEUS_CLINT, false},
    {"sifive,clint0", NUCLEUS_CLINT, false},
    {"riscv,aplic", NUCLEUS_APLIC, false},
    {"riscv,imsics", NUCLEUS_IMSIC, false},
};

void describe_controller(Walk& walk, const Place& place) {
  for (const ControllerKind& known : controller_kinds) {
    if (!place.node.compatible(known.compatible)) continue;
    nucleus_controller found{};
    if (!registers_of(walk, place, 0, found.registers)) return;
    if (known.two_ranges && !registers_of(walk, place, 1, found.more)) return;
    found.kind = known.kind;
    found.id = place.node.cell_or("phandle", 0);
    found.line_count = place.node.cell_or("riscv,ndev", place.node.cell_or("riscv,num-sources", 0));
    found.first_line = place.node.cell_or("arm,msi-base-spi", 0);
    if (known.kind == NUCLEUS_GIC_V2M) found.line_count = place.node.cell_or("arm,msi-num-spis", 0);
    if (auto* const added = walk.out.add_controller()) *added = found;
    return;
  }
}

void describe_arm_timer(Walk& walk, const Place& place) {
  if (!place.node.compatible("arm,armv8-timer")) return;
  auto* const timer = walk.out.add_timer();
  if (timer == nullptr) return;
  timer->kind = NUCLEUS_TIMER_ARM;
  timer->width = 64;
  // The binding lists the secure, physical, virtual and hypervisor timers in this order.
  for (unsigned i = 0; i < 4; ++i) timer->lines[i] = interrupt_of(walk, place, i);
}

void describe_uart(Walk& walk, const Place& place) {
  const bool is_16550 = compatible(place.node, {"ns16550a", "ns16550", "snps,dw-apb-uart"});
  if (!is_16550 && !place.node.compatible("arm,pl011")) return;
  nucleus_range registers{};
  if (!registers_of(walk, place, 0, registers)) return;
  const std::uint32_t shift = place.node.cell_or("reg-shift", is_16550 ? 0 : 2);
  const std::uint32_t width = place.node.cell_or("reg-io-width", is_16550 ? 1 : 4);
  if (shift > 3 || width > 8)
    return walk.out.problem("devicetree: {} has a layout that cannot be", place.node.name());
  auto* const uart = walk.out.add_uart();
  if (uart == nullptr) return;
  uart->kind = is_16550 ? NUCLEUS_UART_16550 : NUCLEUS_UART_PL011;
  uart->is_console = place.node.name() == walk.console;
  uart->registers = {.space = NUCLEUS_SPACE_MEMORY, .width = width * 8, .address = registers.start};
  uart->size = registers.size;
  uart->stride = 1u << shift;
  uart->clock_hz = place.node.cell_or("clock-frequency", 0);
  uart->baud = place.node.cell_or("current-speed", 0);
  uart->line = interrupt_of(walk, place, 0);
}

void describe_clock(Walk& walk, const Place& place) {
  const bool is_pl031 = place.node.compatible("arm,pl031");
  if (!is_pl031 && !place.node.compatible("google,goldfish-rtc")) return;
  nucleus_range registers{};
  if (!registers_of(walk, place, 0, registers)) return;
  auto* const clock = walk.out.add_clock();
  if (clock == nullptr) return;
  clock->kind = is_pl031 ? NUCLEUS_CLOCK_PL031 : NUCLEUS_CLOCK_GOLDFISH;
  clock->registers = registers;
  clock->line = interrupt_of(walk, place, 0);
}

void describe_power(Walk& walk, const Place& place) {
  nucleus_power& power = walk.out.machine().power;
  if (compatible(place.node, {"arm,psci-0.2", "arm,psci-1.0"})) {
    const std::string_view method = place.node.property("method").string();
    if (method == "hvc") {
      power.psci = NUCLEUS_PSCI_HVC;
    } else if (method == "smc") {
      power.psci = NUCLEUS_PSCI_SMC;
    } else {
      walk.out.problem("devicetree: PSCI by an unknown method");
    }
  }
  if (place.node.compatible("sifive,test0")) (void)registers_of(walk, place, 0, power.finisher);
}

void describe_device(Walk& walk, const Place& place) {
  describe_controller(walk, place);
  describe_arm_timer(walk, place);
  describe_uart(walk, place);
  describe_clock(walk, place);
  describe_power(walk, place);
  if (place.node.compatible("pci-host-ecam-generic"))
    describe_pci_host(walk.tree, place.node, place.bus, walk.out);
}

void walk_below(Walk& walk, Node node, const Bus& bus, std::uint32_t interrupt_parent) {
  node.for_each_child([&](Node child) {
    if (!child.enabled()) return;
    const std::uint32_t parent = child.cell_or("interrupt-parent", interrupt_parent);
    describe_device(walk, {child, bus, parent});
    walk_below(walk, child, Bus{child, &bus}, parent);
  });
}

/// "rv64i" and a list of extensions, or the older single string.
void set_isa(nucleus_cpu& cpu, Node node) {
  const std::string_view isa = node.property("riscv,isa").string();
  if (!isa.empty()) return set_text(cpu.isa, isa);
  set_text(cpu.isa, node.property("riscv,isa-base").string());
  std::size_t length = std::strlen(cpu.isa);
  Property extensions = node.property("riscv,isa-extensions");
  while (!extensions.value.empty() && length + 1 < sizeof cpu.isa) {
    const std::string_view name = extensions.string();
    cpu.isa[length++] = '_';
    for (const char c : name) {
      if (length + 1 < sizeof cpu.isa) cpu.isa[length++] = c;
    }
    cpu.isa[length] = '\0';
    extensions.value = extensions.value.subspan(std::min(name.size() + 1, extensions.value.size()));
  }
}

void describe_cpus(Walk& walk, Node cpus) {
  const unsigned address_cells = cpus.cell_or("#address-cells", 1);
  if (address_cells == 0 || address_cells > 2) return walk.out.problem("devicetree: CPUs have no numbers");
  std::uint32_t timebase_hz = cpus.cell_or("timebase-frequency", 0);
  bool is_riscv = false;
  cpus.for_each_child([&](Node node) {
    if (node.property("device_type").string() != "cpu" || !node.enabled()) return;
    if (timebase_hz == 0) timebase_hz = node.cell_or("timebase-frequency", 0);
    is_riscv = is_riscv || node.compatible("riscv");
    auto* const cpu = walk.out.add_cpu();
    if (cpu == nullptr) return;
    cpu->hardware_id = node.property("reg").number(0, address_cells);
    cpu->firmware_id = UINT32_MAX;
    cpu->flags = NUCLEUS_CPU_ENABLED;
    set_isa(*cpu, node);
  });
  if (!is_riscv) return;
  walk.out.machine().power.sbi = 1;
  auto* const timer = walk.out.add_timer();
  if (timer == nullptr) return;
  timer->kind = NUCLEUS_TIMER_RISCV;
  timer->width = 64;
  timer->frequency_hz = timebase_hz;
}

std::string_view string_of_child(Node root, std::string_view child, std::string_view name) {
  std::string_view found;
  root.for_each_child([&](Node node) {
    if (node.name() == child) found = node.property(name).string();
  });
  return found;
}

/// The last component of /chosen/stdout-path, aliases followed, options (":115200n8") dropped.
std::string_view console_name(Node root) {
  std::string_view path = string_of_child(root, "chosen", "stdout-path");
  path = path.substr(0, path.find(':'));
  if (!path.empty() && path.front() != '/') path = string_of_child(root, "aliases", path);
  path.remove_prefix(path.rfind('/') + 1);
  return path;
}

bool find_below(Node node, std::uint32_t phandle, Node& out) {
  bool found = false;
  node.for_each_child([&](Node child) {
    if (found) return;
    if (child.cell_or("phandle", 0) == phandle) {
      out = child;
      found = true;
    } else {
      found = find_below(child, phandle, out);
    }
  });
  return found;
}

}  // namespace

bool find_phandle(const Tree& tree, std::uint32_t phandle, Node& out) {
  return phandle != 0 && find_below(tree.root(), phandle, out);
}

nucleus_line line_of(Node controller, const Property& cells, std::size_t index) {
  // The flags of all bindings: 1 and 2 are edges, rising and falling; 4 and 8 levels, high and low.
  const auto flags = [](std::uint32_t value) { return line_flags((value & 0xc) != 0, (value & 0xa) != 0); };
  switch (controller.cell_or("#interrupt-cells", 1)) {
    case 1:
      return {cells.cell(index), NUCLEUS_LINE_LEVEL};
    case 2:
      return {cells.cell(index), flags(cells.cell(index + 1))};
    default: {
      // A GIC's: 0 shared or 1 private, the number, the flags.
      constexpr std::uint32_t first_private = 16;
      constexpr std::uint32_t first_shared = 32;
      const std::uint32_t number = cells.cell(index + 1);
      if (number > 1019) return {NUCLEUS_NO_LINE, 0};
      return {number + (cells.cell(index) == 0 ? first_shared : first_private), flags(cells.cell(index + 2))};
    }
  }
}

void describe_devicetree(const Tree& tree, Description& out) {
  out.machine().sources |= NUCLEUS_SOURCE_DEVICETREE;
  const Node root = tree.root();
  set_text(out.machine().model, root.property(root.has("model") ? "model" : "compatible").string());
  Walk walk{tree, out, console_name(root)};
  root.for_each_child([&](Node node) {
    if (node.name() == "cpus") describe_cpus(walk, node);
  });
  walk_below(walk, root, Bus{root}, root.cell_or("interrupt-parent", 0));
}

}  // namespace nucleus::description
