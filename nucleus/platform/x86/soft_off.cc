// SPDX-License-Identifier: ISC

// Spec: [acpi "Reset Register"], [acpi "PM1 Control Registers"], [acpi "Sleep Control and Status Registers"]

#include "soft_off.h"

#include <arch/x86_64/instructions.h>
#include <arch/x86_64/parts.h>

#include <platform/acpi/soft_off.h>

#include <cstdint>

namespace arch::x86_64 {
namespace {

using nucleus::acpi::Register;

constinit const nucleus::acpi::Machine* tables = nullptr;
constinit volatile std::uint8_t* mapped_sleep_control = nullptr;
constinit volatile std::uint8_t* mapped_reset = nullptr;

constexpr unsigned sleep_enable = 1;  // just above the three bits of the sleep type, in both registers

void write_pm1_control(const Register& control, std::uint8_t type) {
  constexpr unsigned type_shift = 10;
  if (!control.present() || control.space != Register::Space::io) return;
  const unsigned value = (type & 7u) << type_shift | sleep_enable << (type_shift + 3);
  out16(static_cast<std::uint16_t>(control.address), static_cast<std::uint16_t>(value));
}

/// To a port, or to where the register is mapped.
void write_byte(const Register& control, volatile std::uint8_t* mapped, std::uint8_t value) {
  if (mapped != nullptr) {
    *mapped = value;
  } else if (control.present() && control.space == Register::Space::io) {
    out8(static_cast<std::uint16_t>(control.address), value);
  }
}

/// Of machines that have no PM1 registers.
void write_sleep_control(const Register& control, std::uint8_t type) {
  constexpr unsigned type_shift = 2;
  const auto value = static_cast<std::uint8_t>((type & 7u) << type_shift | sleep_enable << (type_shift + 3));
  write_byte(control, mapped_sleep_control, value);
}

volatile std::uint8_t* map_byte(const Register& control) {
  if (!control.present() || control.space != Register::Space::memory) return nullptr;
  return reinterpret_cast<volatile std::uint8_t*>(map_registers({control.address}, 1));
}

}  // namespace

void prepare_soft_off(const nucleus::acpi::Machine& machine) {
  tables = &machine;
  mapped_reset = map_byte(machine.fadt.reset);
  mapped_sleep_control = map_byte(machine.fadt.sleep_control);
}

void try_soft_off() {
  if (tables == nullptr) return;
  auto types = nucleus::acpi::interpreted_soft_off();
  if (!types && tables->has_soft_off) types = {tables->soft_off_type_a, tables->soft_off_type_b};
  if (!types) return;
  write_sleep_control(tables->fadt.sleep_control, types->type_a);
  write_pm1_control(tables->fadt.pm1a_control, types->type_a);
  write_pm1_control(tables->fadt.pm1b_control, types->type_b);
}

void try_acpi_reset() {
  if (tables != nullptr) write_byte(tables->fadt.reset, mapped_reset, tables->fadt.reset_value);
}

}  // namespace arch::x86_64
