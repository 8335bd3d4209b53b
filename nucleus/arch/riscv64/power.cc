// SPDX-License-Identifier: ISC

// The machine's end: through the test device where there is one, since only that carries a status, else by
// the SBI.

#include <arch/cpu.h>
#include <arch/interrupts.h>
#include <nucleus/arch_upcalls.h>
#include <platform/mmio.h>

#include "machine.h"
#include "sbi.h"

namespace arch {
namespace {

constinit nucleus::platform::Mmio32 finisher;

// Spec: [sifive/test]
constexpr std::uint32_t finisher_pass = 0x5555;
constexpr std::uint32_t finisher_fail = 0x3333;

}  // namespace

void riscv64::discover_power_off() {
  const nucleus::PhysRange at = machine().test_finisher;
  if (at.size == 0) return;
  auto mapped = nucleus::map_device(at.start, at.size, nucleus::MemoryType::device);
  if (mapped.ok()) finisher = {static_cast<std::uintptr_t>(mapped.value().value)};
}

void power_off(int status) {
  disable_interrupts();
  const std::uint32_t code = static_cast<std::uint32_t>(status) & 0xffff;
  if (finisher.base != 0) finisher.write(0, code == 0 ? finisher_pass : code << 16 | finisher_fail);
  riscv64::sbi::shut_down(code != 0);
  for (;;) asm volatile("wfi");
}

void reset() {
  disable_interrupts();
  riscv64::sbi::reboot();
  for (;;) asm volatile("wfi");
}

}  // namespace arch
