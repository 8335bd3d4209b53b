// SPDX-License-Identifier: ISC

// PCI configuration space, the console, and what Arm and RISC-V machines have tables of their own for.
// Spec: [pci/firmware "MCFG Table Description"], [acpi "Generic Timer Description Table (GTDT)"],
// [acpi/spcr], [acpi "RISC-V Hart Capabilities Table (RHCT)"]

#include "acpi.h"
#include "acpi_registers.h"

#include <platform/acpi/bytes.h>

#include <nucleus/address.h>

namespace nucleus::description {
namespace {

using acpi::load;

constexpr std::uint64_t ecam_of_bus = std::uint64_t{1} << 20;

void describe_allocation(Bytes entry, Description& out) {
  const auto base = load<std::uint64_t>(entry, 0);
  const auto segment = load<std::uint16_t>(entry, 8);
  const auto first = load<std::uint8_t>(entry, 10);
  const auto last = load<std::uint8_t>(entry, 11);
  // The base is that of bus 0, whatever the first bus is.
  if (first > last || base % page_size != 0 || base > ~std::uint64_t{0} - 256 * ecam_of_bus)
    return out.problem("MCFG: segment {} cannot have buses {} to {} at {:x}", segment, first, last, base);
  auto* const host = out.add_pci_host();
  if (host == nullptr) return;
  host->segment = segment;
  host->first_bus = first;
  host->last_bus = last;
  host->ecam = {base + first * ecam_of_bus, (last - first + 1u) * ecam_of_bus};
}

nucleus_line timer_line(Bytes table, std::size_t offset) {
  enum Flag : std::uint32_t { edge = 1, active_low = 2 };
  const auto number = load<std::uint32_t>(table, offset);
  const auto flags = load<std::uint32_t>(table, offset + 4);
  if (number == 0) return {NUCLEUS_NO_LINE, 0};
  return {number, line_flags((flags & edge) == 0, (flags & active_low) != 0)};
}

std::uint32_t uart_kind(std::uint8_t interface) {
  switch (interface) {
    case 0x00:
    case 0x01:
    case 0x12:
      return NUCLEUS_UART_16550;
    case 0x03:
      return NUCLEUS_UART_PL011;
    case 0x0d:
    case 0x0e:
      return NUCLEUS_UART_SBSA;
    default:
      return NUCLEUS_UART_OTHER;
  }
}

std::uint32_t baud_rate(std::uint8_t code) {
  switch (code) {
    case 3:
      return 9'600;
    case 4:
      return 19'200;
    case 6:
      return 57'600;
    case 7:
      return 115'200;
    default:
      return 0;
  }
}

/// Gives the CPU with this UID the ISA string; all of them if `uid` is null.
void set_isa(Description& out, std::string_view isa, const std::uint32_t* uid) {
  for (std::uint32_t i = 0; i < out.machine().cpu_count; ++i) {
    nucleus_cpu& cpu = out.machine().cpus[i];
    if (uid == nullptr || cpu.firmware_id == *uid) set_text(cpu.isa, isa);
  }
}

enum NodeType : std::uint16_t { isa_string = 0, hart_info = 65535 };

struct Node {
  std::uint16_t type = 0;
  Bytes bytes;  // empty: it is not within the table
};

Node node_at(Bytes table, std::size_t offset) {
  constexpr std::size_t node_header = 6;
  if (offset > table.size() || table.size() - offset < node_header) return {};
  const std::size_t length = load<std::uint16_t>(table, offset + 2);
  if (length < node_header || length > table.size() - offset) return {};
  return {load<std::uint16_t>(table, offset), table.subspan(offset, length)};
}

std::string_view isa_of(const Node& node) {
  constexpr std::size_t text_at = 8;
  const std::size_t length = load<std::uint16_t>(node.bytes, 6);
  if (node.type != isa_string || node.bytes.size() < text_at || length > node.bytes.size() - text_at)
    return {};
  return {reinterpret_cast<const char*>(node.bytes.data()) + text_at, length};
}

void describe_hart(Bytes table, const Node& hart, Description& out) {
  const std::size_t count = load<std::uint16_t>(hart.bytes, 6);
  const auto uid = load<std::uint32_t>(hart.bytes, 8);
  for (std::size_t i = 0; i < count && 12 + i * 4 + 4 <= hart.bytes.size(); ++i) {
    const std::string_view isa = isa_of(node_at(table, load<std::uint32_t>(hart.bytes, 12 + i * 4)));
    if (!isa.empty()) set_isa(out, isa, &uid);
  }
}

}  // namespace

void describe_mcfg(Bytes table, Description& out) {
  constexpr std::size_t first_entry = 44;
  constexpr std::size_t entry_size = 16;
  if (table.size() < first_entry || (table.size() - first_entry) % entry_size != 0)
    return out.problem("MCFG: {} bytes are no whole number of entries", table.size());
  for (std::size_t at = first_entry; at < table.size(); at += entry_size)
    describe_allocation(table.subspan(at, entry_size), out);
}

void describe_gtdt(Bytes table, Description& out) {
  constexpr std::size_t least_size = 80;
  if (table.size() < least_size) return out.problem("GTDT: only {} bytes", table.size());
  auto* const timer = out.add_timer();
  if (timer == nullptr) return;
  timer->kind = NUCLEUS_TIMER_ARM;
  timer->width = 64;
  for (unsigned i = 0; i < 4; ++i) timer->lines[i] = timer_line(table, 48 + i * 8);
}

void describe_spcr(Bytes table, Description& out) {
  constexpr std::size_t least_size = 76;
  enum InterruptType : std::uint8_t { is_isa = 1 };
  if (table.size() < least_size) return out.problem("SPCR: only {} bytes", table.size());
  const nucleus_register registers = register_at(table, 40);
  if (registers.address == 0) return;  // the console is redirected nowhere
  auto* const uart = out.add_uart();
  if (uart == nullptr) return;
  uart->kind = uart_kind(load<std::uint8_t>(table, 36));
  uart->is_console = 1;
  uart->registers = registers;
  uart->stride = registers.width >= 8 && registers.width <= 64 ? registers.width / 8 : 1;
  uart->baud = baud_rate(load<std::uint8_t>(table, 58));
  // The frequency came with the third revision.
  if (load<std::uint8_t>(table, 8) >= 3) uart->clock_hz = load<std::uint32_t>(table, 76);
  const auto interrupts = load<std::uint8_t>(table, 52);
  if ((interrupts & ~is_isa) != 0) {
    uart->line.number = load<std::uint32_t>(table, 54);
  } else if ((interrupts & is_isa) != 0) {
    uart->line.number = load<std::uint8_t>(table, 53);
  }
}

void describe_rhct(Bytes table, Description& out) {
  constexpr std::size_t header = 56;
  if (table.size() < header) return out.problem("RHCT: only {} bytes", table.size());
  out.machine().power.sbi = 1;
  if (auto* const timer = out.add_timer()) {
    timer->kind = NUCLEUS_TIMER_RISCV;
    timer->width = 64;
    timer->frequency_hz = load<std::uint64_t>(table, 40);
  }
  const auto count = load<std::uint32_t>(table, 48);
  std::size_t offset = load<std::uint32_t>(table, 52);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Node node = node_at(table, offset);
    if (node.bytes.empty())
      return out.problem("RHCT: node {} of {} at {} is not within the table", i, count, offset);
    if (node.type == hart_info) describe_hart(table, node, out);
    offset += node.bytes.size();
  }
}

}  // namespace nucleus::description
