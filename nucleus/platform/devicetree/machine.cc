// SPDX-License-Identifier: ISC

#include "machine.h"

#include "aia.h"
#include "bus.h"

namespace nucleus::devicetree {
namespace {

constexpr std::uint32_t riscv_supervisor_external = 9;

/// The interrupt controller that the devices' `interrupts` speak to.
struct Controller {
  Node targets;  // the node that lists the CPUs (PLIC, APLIC, IMSIC)
  std::uint32_t cells = 0;
  bool is_gic = false;
};

/// Interrupt `index` of a device in the controller's terms. A GIC's three cells are (0 shared, 1 private;
/// number; flags) and become an INTID; else the first cell is the line itself. Spec: [dt "interrupts"],
/// [arm/gic "INTIDs"]
std::uint32_t interrupt_of(Node node, const Controller& controller, unsigned index) {
  const Property interrupts = node.property("interrupts");
  if (controller.cells == 0 || (std::size_t{index} + 1) * controller.cells > interrupts.cell_count())
    return Device::no_interrupt;
  const std::size_t at = std::size_t{index} * controller.cells;
  if (!controller.is_gic) return interrupts.cell(at);
  if (controller.cells < 2) return Device::no_interrupt;
  return interrupts.cell(at + 1) + (interrupts.cell(at) == 0 ? 32 : 16);
}

InterruptControllerKind controller_kind(Node node) {
  for (const char* name : {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic"}) {
    if (node.compatible(name)) return InterruptControllerKind::gic_v2;
  }
  if (node.compatible("arm,gic-v3")) return InterruptControllerKind::gic_v3;
  if (node.compatible("riscv,plic0") || node.compatible("sifive,plic-1.0.0"))
    return InterruptControllerKind::plic;
  return InterruptControllerKind::none;
}

bool decode_plain_controller(Node node, const Bus& bus, InterruptController& found) {
  found.kind = controller_kind(node);
  if (found.kind == InterruptControllerKind::none || !bus.registers(node, 0, found.registers)) return false;
  found.line_count = node.cell_or("riscv,ndev", 0);
  return found.kind == InterruptControllerKind::plic || bus.registers(node, 1, found.cpu_registers);
}

void decode_controller(Node root, Node node, const Bus& bus, Machine& machine, Controller& controller) {
  if (controller.cells != 0) return;
  InterruptController found;
  Node targets = node;
  if (!decode_plain_controller(node, bus, found)) {
    found = {};
    if (!decode_aplic(root, node, bus, found, targets)) return;
  }
  machine.interrupt_controller = found;
  controller = {.targets = targets,
                .cells = node.cell_or("#interrupt-cells", 1),
                .is_gic = found.kind == InterruptControllerKind::gic_v2 ||
                          found.kind == InterruptControllerKind::gic_v3};
}

/// True if an ISA string ("rv64imafdc_zicsr_sstc") has the extension `wanted` after an underscore.
bool isa_has(std::string_view isa, std::string_view wanted) {
  for (std::size_t at = isa.find('_'); at != isa.npos; at = isa.find('_', at + 1)) {
    std::string_view rest = isa;
    rest.remove_prefix(at + 1);
    if (rest.substr(0, rest.find('_')) == wanted) return true;
  }
  return false;
}

/// What raises supervisor external interrupts of the CPU whose own interrupt controller has `phandle`: its
/// place in the list of (controller, line) pairs. Spec: [riscv/plic "Interrupt Targets"]
std::uint32_t target_of(Node node, std::uint32_t phandle) {
  const Property targets = node.property("interrupts-extended");
  for (std::uint32_t place = 0; (place + 1) * 2 <= targets.cell_count(); ++place) {
    if (targets.cell(place * 2) == phandle && targets.cell(place * 2 + 1) == riscv_supervisor_external)
      return place;
  }
  return MachineCpu::no_target;
}

void decode_cpus(Node cpus, const Controller& controller, Machine& machine) {
  machine.timebase_hz = cpus.cell_or("timebase-frequency", 0);
  const unsigned address_cells = cpus.cell_or("#address-cells", 1);
  cpus.for_each_child([&](Node node) {
    if (node.property("device_type").string() != "cpu" || !node.enabled() || address_cells > 2) return;
    if (machine.cpu_count == Machine::max_cpus) return;
    MachineCpu& cpu = machine.cpus[machine.cpu_count++];
    cpu.hardware_id = node.property("reg").number(0, address_cells);
    cpu.supervisor_timer = isa_has(node.property("riscv,isa").string(), "sstc");
    if (machine.timebase_hz == 0) machine.timebase_hz = node.cell_or("timebase-frequency", 0);
    node.for_each_child([&](Node child) {
      if (child.has("interrupt-controller") && controller.cells != 0 && !controller.is_gic)
        cpu.interrupt_target = target_of(controller.targets, child.cell_or("phandle", 0));
    });
  });
}

UartKind uart_kind(Node node) {
  if (node.compatible("arm,pl011")) return UartKind::pl011;
  if (node.compatible("ns16550a") || node.compatible("ns16550")) return UartKind::ns16550;
  return UartKind::none;
}

/// The last component of /chosen/stdout-path, aliases followed, options (":115200n8") dropped. Node names
/// carry unit addresses, so the last component is enough to recognise the node.
std::string_view console_name(Node root) {
  std::string_view path;
  root.for_each_child([&](Node node) {
    if (node.name() == "chosen") path = node.property("stdout-path").string();
  });
  path = path.substr(0, path.find(':'));
  if (!path.empty() && path.front() != '/') {
    const std::string_view alias = path;
    root.for_each_child([&](Node node) {
      if (node.name() == "aliases") path = node.property(alias).string();
    });
  }
  path.remove_prefix(path.rfind('/') + 1);
  return path;
}

void decode_uart(Node node, const Bus& bus, const Controller& controller, Machine& machine) {
  Uart uart;
  uart.kind = uart_kind(node);
  if (uart.kind == UartKind::none || !bus.registers(node, 0, uart.device.registers)) return;
  uart.device.interrupt = interrupt_of(node, controller, 0);
  uart.clock_hz = node.cell_or("clock-frequency", 0);
  const std::uint32_t shift = node.cell_or("reg-shift", 0), width = node.cell_or("reg-io-width", 1);
  if (shift > 3 || (width != 1 && width != 4)) return;
  uart.register_shift = static_cast<std::uint8_t>(shift);
  uart.register_width = static_cast<std::uint8_t>(width);
  machine.uart = uart;
}

void decode_rtc(Node node, const Bus& bus, const Controller& controller, Machine& machine) {
  const RtcKind kind = node.compatible("arm,pl031")             ? RtcKind::pl031
                       : node.compatible("google,goldfish-rtc") ? RtcKind::goldfish
                                                                : RtcKind::none;
  if (kind == RtcKind::none || !bus.registers(node, 0, machine.rtc.registers)) return;
  machine.rtc_kind = kind;
  machine.rtc.interrupt = interrupt_of(node, controller, 0);
}

/// A PCI host's. Of several ranges the first is taken.  Spec: [linux/bindings "pci-msi"]
void decode_message_map(Node node, MessageDevices& devices) {
  const Property map = node.property("msi-map");
  if (map.cell_count() < 4) return;
  devices = {.mask = node.cell_or("msi-map-mask", ~std::uint32_t{0}),
             .first_requester = map.cell(0),
             .first_device = map.cell(2),
             .count = map.cell(3)};
}

PsciConduit psci_conduit(Node node) {
  if (!node.compatible("arm,psci-0.2") && !node.compatible("arm,psci-1.0")) return PsciConduit::none;
  const std::string_view method = node.property("method").string();
  return method == "hvc" ? PsciConduit::hvc : method == "smc" ? PsciConduit::smc : PsciConduit::none;
}

}  // namespace

Machine decode_machine(const Tree& tree) {
  Machine machine;
  Controller controller;
  const Node root = tree.root();
  const Bus root_bus{root};
  for_each_node(root, root_bus,
                [&](Node node, const Bus& bus) { decode_controller(root, node, bus, machine, controller); });

  const std::string_view console = console_name(root);
  for_each_node(root, root_bus, [&](Node node, const Bus& bus) {
    if (!machine.uart.device.present() || node.name() == console) decode_uart(node, bus, controller, machine);
    if (machine.rtc_kind == RtcKind::none) decode_rtc(node, bus, controller, machine);
    if (machine.psci == PsciConduit::none) machine.psci = psci_conduit(node);
    // The binding lists the secure, physical, virtual and hypervisor timers in this order.
    if (node.compatible("arm,armv8-timer"))
      machine.virtual_timer_interrupt = interrupt_of(node, controller, 2);
    if (node.compatible("arm,gic-v3-its") && machine.message_translator.size == 0)
      bus.registers(node, 0, machine.message_translator);
    if (node.has("msi-map")) decode_message_map(node, machine.message_devices);
    if (node.compatible("arm,gic-v2m-frame")) bus.registers(node, 0, machine.message_frame);
    if (node.compatible("sifive,test0")) bus.registers(node, 0, machine.test_finisher);
  });
  root.for_each_child([&](Node node) {
    if (node.name() == "cpus") decode_cpus(node, controller, machine);
  });
  return machine;
}

}  // namespace nucleus::devicetree
