// SPDX-License-Identifier: ISC

#include "interrupt_controllers.h"

#include <nucleus/log.h>

#include <array>

#include <arch/x86_64/cpu_features.h>
#include <arch/x86_64/cpu_page.h>
#include <arch/x86_64/parts.h>
#include <arch/x86_64/vectors.h>

#include "io_apic.h"
#include "legacy_pic.h"

namespace arch::x86_64 {
namespace {

using nucleus::acpi::Machine;

constexpr nucleus::PhysAddr usual_local_apic{0xfee0'0000};
constexpr nucleus::PhysAddr usual_io_apic{0xfec0'0000};
constexpr unsigned com1_isa_line = 4;

constinit LocalApic the_local_apic{nullptr};
constinit std::array<IoApic, 4> io_apics{};
unsigned com1_line = com1_isa_line;

void init_io_apics(const Machine& machine) {
  for (unsigned i = 0; i < machine.io_apic_count; ++i) {
    io_apics[i] = IoApic{map_registers(machine.io_apics[i].registers, 0x20), machine.io_apics[i].first_line};
  }
  // A micro-VM without tables still has one where all PCs have it.
  if (machine.local_apic.value == 0) io_apics[0] = IoApic{map_registers(usual_io_apic, 0x20), 0};
}

/// An ISA interrupt line at its place in the I/O APIC, sent to the boot CPU.
unsigned route_isa_line(const Machine& machine, unsigned isa_line) {
  unsigned line = isa_line;
  Polarity polarity = Polarity::active_high;
  Trigger trigger = Trigger::edge;
  for (unsigned i = 0; i < machine.override_count; ++i) {
    const auto& entry = machine.overrides[i];
    if (entry.isa_line != isa_line) continue;
    line = entry.line;
    if (entry.active_low) polarity = Polarity::active_low;
    if (entry.level_triggered) trigger = Trigger::level;
  }
  if (const IoApic* const owner = io_apic_of(line)) {
    owner->route(line, static_cast<std::uint8_t>(vector::first_line + line), local_apic().id(), polarity,
                 trigger);
    return line;
  }
  nucleus::log_warning("no I/O APIC has interrupt line {}: no console input", line);
  return line;
}

}  // namespace

LocalApic& local_apic() {
  return the_local_apic;
}

const IoApic* io_apic_of(unsigned line) {
  for (const IoApic& io_apic : io_apics) {
    if (io_apic.has_line(line)) return &io_apic;
  }
  return nullptr;
}

unsigned console_line() {
  return com1_line;
}

void init_local_apic(MapRegisters map) {
  if (!cpu_features().x2apic) {
    const nucleus::PhysAddr at = machine().local_apic;
    the_local_apic = LocalApic{map(at.value != 0 ? at : usual_local_apic, nucleus::page_size)};
  }
  the_local_apic.enable();
  this_cpu_page().apic_id = the_local_apic.id();
}

void init_interrupt_controllers() {
  silence_legacy_pic();
  init_io_apics(machine());
  com1_line = route_isa_line(machine(), com1_isa_line);
}

}  // namespace arch::x86_64
