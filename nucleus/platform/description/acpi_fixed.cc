// SPDX-License-Identifier: ISC

// Power and the clocks of a PC.  Spec: [acpi "Fixed ACPI Description Table (FADT)"], [hpet "HPET Description
// Table"]

#include "acpi.h"
#include "acpi_registers.h"

#include <platform/acpi/bytes.h>

namespace nucleus::description {
namespace {

using acpi::load;

enum ArmFlag : std::uint16_t { has_psci = 1, psci_by_hvc = 2 };
enum PcFlag : std::uint16_t { no_cmos_clock = 1u << 5 };

void describe_power(const acpi::Fadt& fadt, nucleus_power& power) {
  power.hardware_reduced = fadt.is_hardware_reduced();
  power.pm1a_control = register_of(fadt.pm1a_control);
  power.pm1b_control = register_of(fadt.pm1b_control);
  power.sleep_control = register_of(fadt.sleep_control);
  power.reset_register = register_of(fadt.reset);
  power.reset_value = fadt.reset_value;
  if ((fadt.arm_flags & has_psci) != 0)
    power.psci = (fadt.arm_flags & psci_by_hvc) != 0 ? NUCLEUS_PSCI_HVC : NUCLEUS_PSCI_SMC;
}

void describe_pm_timer(const acpi::Fadt& fadt, Description& out) {
  constexpr std::uint64_t frequency_hz = 3'579'545;
  auto* const timer = fadt.pm_timer.present() ? out.add_timer() : nullptr;
  if (timer == nullptr) return;
  timer->kind = NUCLEUS_TIMER_ACPI_PM;
  timer->registers = register_of(fadt.pm_timer);
  timer->width = fadt.pm_timer_has_32_bits() ? 32 : 24;
  timer->frequency_hz = frequency_hz;
}

}  // namespace

void describe_fadt(Bytes table, Description& out) {
  constexpr std::size_t size_of_version_1 = 116;
  if (table.size() < size_of_version_1) return out.problem("FADT: only {} bytes", table.size());
  const acpi::Fadt fadt = acpi::read_fadt(table);
  describe_power(fadt, out.machine().power);
  // A machine without the old registers has none of the PC's clocks.
  if (fadt.is_hardware_reduced()) return;
  describe_pm_timer(fadt, out);
  if ((fadt.pc_flags & no_cmos_clock) != 0) return;
  auto* const clock = out.add_clock();
  if (clock == nullptr) return;
  clock->kind = NUCLEUS_CLOCK_CMOS;
  clock->century_index = fadt.century_register;
}

void describe_hpet(Bytes table, Description& out) {
  constexpr std::size_t size = 56;
  constexpr std::uint32_t counter_64_bits = 1u << 13;
  if (table.size() < size) return out.problem("HPET: only {} bytes", table.size());
  const nucleus_register registers = register_at(table, 40);
  if (registers.address == 0 || registers.space != NUCLEUS_SPACE_MEMORY)
    return out.problem("HPET: its registers are not in memory");
  auto* const timer = out.add_timer();
  if (timer == nullptr) return;
  timer->kind = NUCLEUS_TIMER_HPET;
  timer->registers = registers;
  timer->width = (load<std::uint32_t>(table, 36) & counter_64_bits) != 0 ? 64 : 32;
}

}  // namespace nucleus::description
