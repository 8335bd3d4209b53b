// SPDX-License-Identifier: ISC

// Spec: [acpi "Resource Data Types for ACPI"], [acpi "_HID (Hardware ID)"]

#include "aml_uarts.h"

#include "aml_links.h"

#include <platform/aml/eisa_id.h>
#include <platform/aml/resources.h>

#include <algorithm>

namespace nucleus::description {
namespace {

using aml::AddressRange;
using aml::eisa_id;
using aml::Kind;

std::uint32_t kind_of(const aml::Value& id) {
  if (id.is(Kind::integer)) {
    const bool is_16550 = id.number == eisa_id("PNP0500") || id.number == eisa_id("PNP0501");
    return is_16550 ? NUCLEUS_UART_16550 : 0;
  }
  if (!id.is(Kind::string)) return 0;
  if (id.text().starts_with("PNP0500") || id.text().starts_with("PNP0501")) return NUCLEUS_UART_16550;
  return id.text().starts_with("ARMH0011") ? NUCLEUS_UART_PL011 : 0;
}

bool is_known(const nucleus_machine& machine, const nucleus_register& registers) {
  return std::ranges::any_of(
      std::span{machine.uarts}.first(machine.uart_count), [&](const nucleus_uart& uart) {
        return uart.registers.space == registers.space && uart.registers.address == registers.address;
      });
}

struct Found {
  std::optional<AddressRange> range;  // the first
  std::optional<aml::InterruptChoice> interrupts;
};

Found find_resources(aml::Bytes list) {
  Found found;
  aml::ResourceReader reader{list};
  while (const auto resource = reader.next()) {
    const bool is_range =
        resource->kind == aml::Resource::Kind::range && resource->range.kind != AddressRange::Kind::buses;
    if (is_range && !found.range) found.range = resource->range;
    if (resource->kind == aml::Resource::Kind::interrupts && resource->interrupts.count > 0 &&
        !found.interrupts)
      found.interrupts = resource->interrupts;
  }
  return found;
}

}  // namespace

std::uint32_t aml_uart_kind(AmlSource& source, AmlRooms& rooms, const char* path) {
  const auto id = source.evaluate(path, "_HID", rooms.resources);
  return id.value ? kind_of(*id.value) : 0;
}

void describe_aml_uart(AmlSource& source, AmlRooms& rooms, const char* path, std::uint32_t kind,
                       Description& out) {
  const auto list = source.evaluate(path, "_CRS", rooms.resources);
  if (list.status != 0) aml_problem(source, path, "_CRS", list.status, out);
  if (!list.value || !list.value->is(Kind::buffer)) return;
  const Found found = find_resources(list.value->bytes);
  if (!found.range) return out.problem("AML: {} is a UART without registers", path);
  const bool ports = found.range->kind == AddressRange::Kind::ports;
  const nucleus_register registers{.space = ports ? NUCLEUS_SPACE_PORTS : NUCLEUS_SPACE_MEMORY,
                                   .width = kind == NUCLEUS_UART_PL011 ? 32u : 8u,
                                   .address = found.range->first};
  if (is_known(out.machine(), registers)) return;
  auto* const uart = out.add_uart();
  if (uart == nullptr) return;
  uart->kind = kind;
  uart->registers = registers;
  uart->size = found.range->size;
  uart->stride = kind == NUCLEUS_UART_PL011 ? 4 : 1;
  if (found.interrupts)
    uart->line = line_of_number(out.machine(), *found.interrupts, found.interrupts->lines[0]);
}

}  // namespace nucleus::description
