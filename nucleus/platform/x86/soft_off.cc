// SPDX-License-Identifier: ISC

// Spec: [acpi "PM1 Control Registers"], [acpi "Sleep Control and Status Registers"]

#include "soft_off.h"

#include <arch/x86_64/instructions.h>
#include <arch/x86_64/parts.h>

#include <cstdint>

namespace arch::x86_64 {
namespace {

using nucleus::acpi::Register;

constinit const nucleus::acpi::Machine* tables = nullptr;
constinit volatile std::uint8_t* mapped_sleep_control = nullptr;

constexpr unsigned sleep_enable = 1;  // just above the three bits of the sleep type, in both registers

void write_pm1_control(const Register& control, std::uint8_t type) {
  constexpr unsigned type_shift = 10;
  if (!control.present() || control.space != Register::Space::io) return;
  const unsigned value = (type & 7u) << type_shift | sleep_enable << (type_shift + 3);
  out16(static_cast<std::uint16_t>(control.address), static_cast<std::uint16_t>(value));
}

/// Of machines that have no PM1 registers.
void write_sleep_control(const Register& control, std::uint8_t type) {
  constexpr unsigned type_shift = 2;
  const auto value = static_cast<std::uint8_t>((type & 7u) << type_shift | sleep_enable << (type_shift + 3));
  if (mapped_sleep_control != nullptr) {
    *mapped_sleep_control = value;
  } else if (control.present() && control.space == Register::Space::io) {
    out8(static_cast<std::uint16_t>(control.address), value);
  }
}

}  // namespace

void prepare_soft_off(const nucleus::acpi::Machine& machine) {
  if (!machine.has_soft_off) return;
  tables = &machine;
  const Register& control = machine.sleep_control;
  if (!control.present() || control.space != Register::Space::memory) return;
  mapped_sleep_control = reinterpret_cast<volatile std::uint8_t*>(map_registers({control.address}, 1));
}

void try_soft_off() {
  if (tables == nullptr) return;
  write_sleep_control(tables->sleep_control, tables->soft_off_type_a);
  write_pm1_control(tables->pm1a_control, tables->soft_off_type_a);
  write_pm1_control(tables->pm1b_control, tables->soft_off_type_b);
}

}  // namespace arch::x86_64
