// SPDX-License-Identifier: ISC

// The end of the machine.

#include <arch/cpu.h>
#include <arch/interrupts.h>

#include "descriptors.h"
#include "instructions.h"
#include "parts.h"

namespace arch {
namespace {

using namespace x86_64;
using nucleus::acpi::Register;

/// QEMU's isa-debug-exit ends with (2 * status + 1) & 255. It reads as zero; an empty port as ones.
void try_debug_exit(int status) {
  constexpr std::uint16_t port = 0xf4;
  if (in32(port) == 0) out32(port, static_cast<std::uint32_t>(status));
}

constexpr unsigned sleep_enable = 1;  // just above the three bits of the sleep type, in both registers

void write_pm1_control(const Register& control, std::uint8_t type) {
  constexpr unsigned type_shift = 10;
  if (!control.present() || control.space != Register::Space::io) return;
  const unsigned value = (type & 7u) << type_shift | sleep_enable << (type_shift + 3);
  out16(static_cast<std::uint16_t>(control.address), static_cast<std::uint16_t>(value));
}

void write_sleep_control(const Register& control, std::uint8_t type) {
  constexpr unsigned type_shift = 2;
  const auto value = static_cast<std::uint8_t>((type & 7u) << type_shift | sleep_enable << (type_shift + 3));
  if (control.space == Register::Space::io) {
    out8(static_cast<std::uint16_t>(control.address), value);
  } else if (volatile std::uint8_t* const mapped = sleep_control_register()) {
    *mapped = value;
  }
}

void try_soft_off() {
  const nucleus::acpi::Machine& tables = machine();
  if (!tables.has_soft_off) return;
  if (tables.sleep_control.present()) write_sleep_control(tables.sleep_control, tables.soft_off_type_a);
  write_pm1_control(tables.pm1a_control, tables.soft_off_type_a);
  write_pm1_control(tables.pm1b_control, tables.soft_off_type_b);
}

/// With no interrupt table, any exception resets the machine; QEMU ends then, if told -no-reboot.
void reset() {
  const TablePointer none{};
  asm volatile("lidt %0\n\tint3" : : "m"(none));
}

}  // namespace

void power_off(int status) {
  disable_interrupts();
  try_debug_exit(status);
  try_soft_off();
  reset();
  halt_for_ever();
}

}  // namespace arch
