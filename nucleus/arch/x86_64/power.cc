// SPDX-License-Identifier: ISC

// The end of the machine.

#include <arch/cpu.h>
#include <arch/interrupts.h>

#include <platform/x86/soft_off.h>

#include "descriptors.h"
#include "instructions.h"

namespace arch {
namespace {

using namespace x86_64;

/// QEMU's isa-debug-exit ends with (2 * status + 1) & 255. It reads as zero; an empty port as ones.
void try_debug_exit(int status) {
  constexpr std::uint16_t port = 0xf4;
  if (in32(port) == 0) out32(port, static_cast<std::uint32_t>(status));
}

/// With no interrupt table, any exception resets the machine; QEMU ends then, if told -no-reboot.
void triple_fault() {
  const TablePointer none{};
  asm volatile("lidt %0\n\tint3" : : "m"(none));
}

}  // namespace

void power_off(int status) {
  disable_interrupts();
  try_debug_exit(status);
  try_soft_off();
  triple_fault();
  halt_for_ever();
}

void reset() {
  disable_interrupts();
  try_acpi_reset();
  triple_fault();
  halt_for_ever();
}

}  // namespace arch
