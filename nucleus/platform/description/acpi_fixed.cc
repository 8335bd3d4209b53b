// SPDX-License-Identifier: ISC

// Power and the clocks of a PC.  Spec: [acpi "Fixed ACPI Description Table (FADT)"], [hpet "HPET Description
// Table"]

#include "acpi.h"
#include "acpi_registers.h"

namespace nucleus::description {
namespace {

using acpi::load;

enum FadtFlag : std::uint32_t {
  timer_32_bits = 1u << 8,
  has_reset_register = 1u << 10,
  hardware_reduced = 1u << 20,
};

enum ArmFlag : std::uint16_t { has_psci = 1, psci_by_hvc = 2 };
enum PcFlag : std::uint16_t { no_cmos_clock = 1u << 5 };

void describe_power(Bytes table, std::uint32_t flags, nucleus_power& power) {
  power.hardware_reduced = (flags & hardware_reduced) != 0;
  power.pm1a_control = register_at(table, 172, 64, 16);
  power.pm1b_control = register_at(table, 184, 68, 16);
  power.sleep_control = register_at(table, 244);
  if ((flags & has_reset_register) != 0) {
    power.reset_register = register_at(table, 116);
    power.reset_value = load<std::uint8_t>(table, 128);
  }
  const auto arm = load<std::uint16_t>(table, 129);
  if ((arm & has_psci) != 0) power.psci = (arm & psci_by_hvc) != 0 ? NUCLEUS_PSCI_HVC : NUCLEUS_PSCI_SMC;
}

void describe_pm_timer(Bytes table, std::uint32_t flags, Description& out) {
  constexpr std::uint64_t frequency_hz = 3'579'545;
  const nucleus_register registers = register_at(table, 208, 76, 32);
  if (registers.address == 0) return;
  auto* const timer = out.add_timer();
  if (timer == nullptr) return;
  timer->kind = NUCLEUS_TIMER_ACPI_PM;
  timer->registers = registers;
  timer->width = (flags & timer_32_bits) != 0 ? 32 : 24;
  timer->frequency_hz = frequency_hz;
}

}  // namespace

void describe_fadt(Bytes table, Description& out) {
  constexpr std::size_t size_of_version_1 = 116;
  if (table.size() < size_of_version_1) return out.problem("FADT: only {} bytes", table.size());
  const auto flags = load<std::uint32_t>(table, 112);
  describe_power(table, flags, out.machine().power);
  // A machine without the old registers has none of the PC's clocks.
  if ((flags & hardware_reduced) != 0) return;
  describe_pm_timer(table, flags, out);
  if ((load<std::uint16_t>(table, 109) & no_cmos_clock) != 0) return;
  auto* const clock = out.add_clock();
  if (clock == nullptr) return;
  clock->kind = NUCLEUS_CLOCK_CMOS;
  clock->century_index = load<std::uint8_t>(table, 108);
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
