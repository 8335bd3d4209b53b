// SPDX-License-Identifier: ISC

#include <arch/clock.h>

#include <nucleus/arch_upcalls.h>
#include <platform/rtc/devicetree_clock.h>

#include "machine.h"

namespace arch {
namespace {
constinit nucleus::platform::Mmio32 registers;
}

void aarch64::discover_wall_clock() {
  const auto& clock = machine().rtc;
  if (!clock.present()) return;
  auto mapped = nucleus::map_device(clock.registers.start, clock.registers.size, nucleus::MemoryType::device);
  if (mapped.ok()) registers = {static_cast<std::uintptr_t>(mapped.value().value)};
}

std::uint64_t wall_clock_ns() {
  if (registers.base == 0) return 0;
  return nucleus::platform::read_wall_clock(aarch64::machine().rtc_kind, registers);
}

}  // namespace arch
