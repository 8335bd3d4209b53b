// SPDX-License-Identifier: ISC

#include "devicetree_clock.h"

#include <nucleus/arch_upcalls.h>

#include <arch/clock.h>

namespace nucleus::platform {

void DevicetreeClock::attach(const devicetree::Machine& machine, std::uint64_t loader_date_seconds) {
  constexpr std::uint64_t ns_per_s = 1'000'000'000;
  if (loader_date_seconds != 0) start_ns_ = loader_date_seconds * ns_per_s - arch::monotonic_ns();
  if (!machine.rtc.present()) return;
  const PhysRange at = machine.rtc.registers;
  auto mapped = map_device(at.start, at.size, MemoryType::device);
  if (!mapped.ok()) return;
  registers_ = {static_cast<std::uintptr_t>(mapped.value().value)};
  kind_ = machine.rtc_kind;
}

std::uint64_t DevicetreeClock::read_ns() const {
  const std::uint64_t now = read_wall_clock(kind_, registers_);
  if (now != 0 || start_ns_ == 0) return now;
  return start_ns_ + arch::monotonic_ns();
}

}  // namespace nucleus::platform
