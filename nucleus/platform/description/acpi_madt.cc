// SPDX-License-Identifier: ISC

// Spec: [acpi "Multiple APIC Description Table (MADT)"]

#include "acpi.h"

#include <platform/acpi/bytes.h>
#include <platform/acpi/fields.h>

namespace nucleus::description {
namespace {

using acpi::load;

constexpr std::uint32_t processor_enabled = 1;

void add_processor(Description& out, std::uint64_t hardware_id, std::uint32_t uid, std::uint32_t flags) {
  // A place without a processor is no processor; one that is switched off is.
  auto* const cpu = (flags & processor_enabled) != 0 ? out.add_cpu() : nullptr;
  if (cpu == nullptr) return;
  cpu->hardware_id = hardware_id;
  cpu->firmware_id = uid;
  cpu->flags = NUCLEUS_CPU_ENABLED;
}

nucleus_controller* add_controller(Description& out, nucleus_controller_kind kind, std::uint32_t id,
                                   nucleus_range registers) {
  auto* const controller = out.add_controller();
  if (controller == nullptr) return nullptr;
  controller->kind = kind;
  controller->id = id;
  controller->registers = registers;
  return controller;
}

/// The first controller of that kind, or a new one.
nucleus_controller* the_controller(Description& out, nucleus_controller_kind kind) {
  for (std::uint32_t i = 0; i < out.machine().controller_count; ++i) {
    if (out.machine().controllers[i].kind == static_cast<std::uint32_t>(kind))
      return &out.machine().controllers[i];
  }
  return add_controller(out, kind, 0, {});
}

void local_apic(Bytes entry, Description& out) {
  add_processor(out, load<std::uint8_t>(entry, 3), load<std::uint8_t>(entry, 2),
                load<std::uint32_t>(entry, 4));
}

void local_x2apic(Bytes entry, Description& out) {
  add_processor(out, load<std::uint32_t>(entry, 4), load<std::uint32_t>(entry, 12),
                load<std::uint32_t>(entry, 8));
}

void io_apic(Bytes entry, Description& out) {
  constexpr std::uint64_t window = 0x20;
  auto* const added = add_controller(out, NUCLEUS_IO_APIC, load<std::uint8_t>(entry, 2),
                                     {load<std::uint32_t>(entry, 4), window});
  if (added != nullptr) added->first_line = load<std::uint32_t>(entry, 8);
}

void source_override(Bytes entry, Description& out) {
  auto* const added = out.add(out.machine().isa_lines, out.machine().isa_line_count, "interrupt overrides");
  if (added == nullptr) return;
  const acpi::LineOverride override = acpi::read_override(entry);
  added->isa_line = override.isa_line;
  added->line = {override.line, line_flags(override.level_triggered, override.active_low)};
}

void local_apic_address(Bytes entry, Description& out) {
  if (auto* const apic = the_controller(out, NUCLEUS_LOCAL_APIC))
    apic->registers.start = load<std::uint64_t>(entry, 4);
}

void gic_cpu_interface(Bytes entry, Description& out) {
  constexpr std::uint64_t cpu_interface_size = 0x2000;
  constexpr std::uint64_t redistributor_size = 0x2'0000;
  add_processor(out, load<std::uint64_t>(entry, 68), load<std::uint32_t>(entry, 8),
                load<std::uint32_t>(entry, 12));
  // All CPUs of a GICv2 have their interfaces at the same address; it goes with the distributor.
  const auto interface = load<std::uint64_t>(entry, 32);
  if (interface != 0) {
    if (auto* const gic = the_controller(out, NUCLEUS_GIC_DISTRIBUTOR_V2))
      gic->more = {interface, cpu_interface_size};
  }
  const auto redistributor = load<std::uint64_t>(entry, 60);
  if (redistributor != 0)
    add_controller(out, NUCLEUS_GIC_REDISTRIBUTORS, 0, {redistributor, redistributor_size});
}

void gic_distributor(Bytes entry, Description& out) {
  constexpr unsigned first_with_redistributors = 3;
  constexpr std::uint64_t size_v2 = 0x1000;
  constexpr std::uint64_t size_v3 = 0x1'0000;
  const bool new_kind = load<std::uint8_t>(entry, 20) >= first_with_redistributors;
  auto* const gic = the_controller(out, new_kind ? NUCLEUS_GIC_DISTRIBUTOR_V3 : NUCLEUS_GIC_DISTRIBUTOR_V2);
  if (gic == nullptr) return;
  gic->id = load<std::uint32_t>(entry, 4);
  gic->registers = {load<std::uint64_t>(entry, 8), new_kind ? size_v3 : size_v2};
}

void gic_message_frame(Bytes entry, Description& out) {
  constexpr std::uint64_t size = 0x1000;
  auto* const frame = add_controller(out, NUCLEUS_GIC_V2M, load<std::uint32_t>(entry, 4),
                                     {load<std::uint64_t>(entry, 8), size});
  if (frame == nullptr) return;
  frame->line_count = load<std::uint16_t>(entry, 20);
  frame->first_line = load<std::uint16_t>(entry, 22);
}

void gic_redistributors(Bytes entry, Description& out) {
  add_controller(out, NUCLEUS_GIC_REDISTRIBUTORS, 0,
                 {load<std::uint64_t>(entry, 4), load<std::uint32_t>(entry, 12)});
}

void gic_its(Bytes entry, Description& out) {
  constexpr std::uint64_t size = 0x2'0000;
  add_controller(out, NUCLEUS_GIC_ITS, load<std::uint32_t>(entry, 4), {load<std::uint64_t>(entry, 8), size});
}

void riscv_hart(Bytes entry, Description& out) {
  add_processor(out, load<std::uint64_t>(entry, 8), load<std::uint32_t>(entry, 16),
                load<std::uint32_t>(entry, 4));
  const nucleus_range messages{load<std::uint64_t>(entry, 24), load<std::uint32_t>(entry, 32)};
  if (messages.start != 0 && messages.size != 0) add_controller(out, NUCLEUS_IMSIC, 0, messages);
}

void riscv_aplic(Bytes entry, Description& out) {
  auto* const aplic = add_controller(out, NUCLEUS_APLIC, load<std::uint8_t>(entry, 3),
                                     {load<std::uint64_t>(entry, 24), load<std::uint32_t>(entry, 32)});
  if (aplic == nullptr) return;
  aplic->first_line = load<std::uint32_t>(entry, 20);
  aplic->line_count = load<std::uint16_t>(entry, 18);
}

void riscv_plic(Bytes entry, Description& out) {
  auto* const plic = add_controller(out, NUCLEUS_PLIC, load<std::uint8_t>(entry, 3),
                                    {load<std::uint64_t>(entry, 24), load<std::uint32_t>(entry, 20)});
  if (plic == nullptr) return;
  plic->first_line = load<std::uint32_t>(entry, 32);
  plic->line_count = load<std::uint16_t>(entry, 12);
}

struct Kind {
  std::uint8_t type;
  std::uint8_t least_size;
  void (*decode)(Bytes, Description&);
};

constexpr Kind kinds[] = {
    {0, 8, local_apic},           {1, 12, io_apic},
    {2, 10, source_override},     {5, 12, local_apic_address},
    {9, 16, local_x2apic},        {11, 76, gic_cpu_interface},
    {12, 24, gic_distributor},    {13, 24, gic_message_frame},
    {14, 16, gic_redistributors}, {15, 20, gic_its},
    {24, 36, riscv_hart},         {26, 36, riscv_aplic},
    {27, 36, riscv_plic},
};

void describe_entry(Bytes entry, Description& out) {
  const auto type = load<std::uint8_t>(entry, 0);
  for (const Kind& kind : kinds) {
    if (kind.type != type) continue;
    if (entry.size() < kind.least_size)
      return out.problem("MADT: an entry of type {} has only {} bytes", type, entry.size());
    return kind.decode(entry, out);
  }
}

}  // namespace

void describe_madt(Bytes table, Description& out) {
  constexpr std::size_t first_entry = 44;
  constexpr std::uint64_t local_apic_size = 0x1000;
  if (table.size() < first_entry) return out.problem("MADT: only {} bytes", table.size());
  // Arm's and RISC-V's have 0 here.
  if (const auto at = load<std::uint32_t>(table, 36); at != 0)
    add_controller(out, NUCLEUS_LOCAL_APIC, 0, {at, local_apic_size});
  acpi::MadtEntries entries{table};
  while (const auto entry = entries.next()) describe_entry(*entry, out);
  if (entries.malformed())
    out.problem("MADT: the entry at {} has a length that cannot be: {}", entries.offset(),
                load<std::uint8_t>(table, entries.offset() + 1));
}

}  // namespace nucleus::description
