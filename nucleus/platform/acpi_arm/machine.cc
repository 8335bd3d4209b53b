// SPDX-License-Identifier: ISC

#include "machine.h"

#include <platform/acpi/root.h>

#include <algorithm>
#include <bit>

namespace nucleus::acpi {
namespace {

using devicetree::InterruptController;
using devicetree::InterruptControllerKind;
using devicetree::Machine;
using devicetree::PsciConduit;
using devicetree::UartKind;
using Bytes = std::span<const std::byte>;

constexpr std::uint64_t distributor_size = 0x1'0000;
constexpr std::uint64_t interface_size = 0x2000;
constexpr std::uint64_t redistributor_size = 0x2'0000;
constexpr std::uint64_t translator_size = 0x2'0000;
constexpr std::uint64_t message_frame_size = 0x1000;

/// What the MADT's entries say of the interrupt controller, each a part of it.
struct Gic {
  unsigned version = 0;  // 0: not told
  PhysAddr distributor{};
  PhysAddr interface {};
  PhysRange redistributors{};
};

/// The range around both.
PhysRange join(PhysRange a, PhysRange b) {
  if (a.size == 0) return b;
  const PhysAddr start = std::min(a.start, b.start);
  return {start, std::max(a.end(), b.end()) - start};
}

bool wraps(PhysRange range) {
  return range.start.value + range.size < range.start.value;
}

void decode_cpu(Bytes entry, Machine& machine, Gic& gic) {
  constexpr std::uint32_t enabled = 1;
  if ((load<std::uint32_t>(entry, 12) & enabled) == 0 || machine.cpu_count == Machine::max_cpus) return;
  machine.cpus[machine.cpu_count++].hardware_id = load<std::uint64_t>(entry, 68);
  if (const auto at = load<std::uint64_t>(entry, 32); at != 0) gic.interface = {at};
  const PhysRange own{{load<std::uint64_t>(entry, 60)}, redistributor_size};
  if (own.start.value != 0 && !wraps(own)) gic.redistributors = join(gic.redistributors, own);
}

void decode_entry(Bytes entry, Machine& machine, Gic& gic) {
  enum Type : std::uint8_t { cpu = 11, distributor = 12, message_frame = 13, redistributors = 14, its = 15 };
  const PhysAddr at{load<std::uint64_t>(entry, 8)};
  switch (load<std::uint8_t>(entry, 0)) {
    case cpu:
      return decode_cpu(entry, machine, gic);
    case distributor:
      gic.distributor = at;
      gic.version = load<std::uint8_t>(entry, 20);
      return;
    case message_frame:
      machine.message_frame = {at, message_frame_size};
      return;
    case redistributors: {
      const PhysRange range{{load<std::uint64_t>(entry, 4)}, load<std::uint32_t>(entry, 12)};
      if (!wraps(range)) gic.redistributors = join(gic.redistributors, range);
      return;
    }
    case its:
      if (machine.message_translator.size == 0) machine.message_translator = {at, translator_size};
      return;
  }
}

void decode_madt(Bytes table, Machine& machine) {
  constexpr std::size_t first_entry = 44;
  Gic gic;
  for (std::size_t offset = first_entry; offset < table.size();) {
    const std::size_t length = load<std::uint8_t>(table, offset + 1);
    if (length < 2 || length > table.size() - offset) break;
    decode_entry(table.subspan(offset, length), machine, gic);
    offset += length;
  }
  if (gic.distributor.value == 0) return;
  InterruptController& found = machine.interrupt_controller;
  found.registers = {gic.distributor, distributor_size};
  const bool has_redistributors = gic.redistributors.size != 0;
  if (gic.version >= 3 || (gic.version == 0 && has_redistributors)) {
    if (!has_redistributors) return;
    found.kind = InterruptControllerKind::gic_v3;
    found.cpu_registers = gic.redistributors;
  } else if (gic.interface.value != 0) {
    found.kind = InterruptControllerKind::gic_v2;
    found.cpu_registers = {gic.interface, interface_size};
  }
}

void decode_gtdt(Bytes table, Machine& machine) {
  if (const auto line = load<std::uint32_t>(table, 64); line != 0) machine.virtual_timer_interrupt = line;
}

void decode_fadt(Bytes table, Machine& machine) {
  enum ArmFlag : std::uint16_t { has_psci = 1, psci_by_hvc = 2 };
  const auto flags = load<std::uint16_t>(table, 129);
  if ((flags & has_psci) != 0)
    machine.psci = (flags & psci_by_hvc) != 0 ? PsciConduit::hvc : PsciConduit::smc;
}

UartKind uart_kind(std::uint8_t interface) {
  switch (interface) {
    case 0x00:
    case 0x01:
    case 0x12:
      return UartKind::ns16550;
    case 0x03:
    case 0x0d:
    case 0x0e:
      return UartKind::pl011;  // or the part of it that Arm's base system has
    default:
      return UartKind::none;
  }
}

void decode_spcr(Bytes table, Machine& machine) {
  constexpr std::uint8_t in_memory = 0;
  constexpr std::uint8_t by_gic = 1u << 3;
  devicetree::Uart uart{.kind = uart_kind(load<std::uint8_t>(table, 36))};
  const auto at = load<std::uint64_t>(table, 44);
  if (uart.kind == UartKind::none || at == 0 || load<std::uint8_t>(table, 40) != in_memory) return;
  uart.device.registers = {{at}, page_size};
  if (wraps(uart.device.registers)) return;
  if (const auto width = load<std::uint8_t>(table, 41);
      uart.kind == UartKind::ns16550 && (width == 16 || width == 32)) {
    uart.register_shift = static_cast<std::uint8_t>(std::countr_zero(unsigned{width} / 8));
    uart.register_width = width == 32 ? 4 : 1;
  }
  if ((load<std::uint8_t>(table, 52) & by_gic) != 0) uart.device.interrupt = load<std::uint32_t>(table, 54);
  machine.uart = uart;
}

void decode_table(const Table& table, Machine& machine) {
  if (table.bytes.empty()) return;
  switch (table.signature) {
    case signature("APIC"):
      return decode_madt(table.bytes, machine);
    case signature("GTDT"):
      return decode_gtdt(table.bytes, machine);
    case signature("FACP"):
      return decode_fadt(table.bytes, machine);
    case signature("SPCR"):
      return decode_spcr(table.bytes, machine);
  }
}

}  // namespace

const char* decode_arm_machine(PhysAddr rsdp, const PhysicalReader& memory, Machine& machine) {
  const RootList list = read_root(rsdp, memory);
  if (list.table.bytes.empty()) return "ACPI's list of tables cannot be read";
  for (std::size_t i = 0; i < list.count(); ++i) decode_table(table_at(list[i], memory), machine);
  if (machine.interrupt_controller.kind == InterruptControllerKind::none)
    return "ACPI's tables name no interrupt controller of a known kind";
  return nullptr;
}

}  // namespace nucleus::acpi
