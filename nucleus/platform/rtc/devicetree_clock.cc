// SPDX-License-Identifier: ISC

#include "devicetree_clock.h"

#include <nucleus/arch_upcalls.h>

namespace nucleus::platform {

void DevicetreeClock::attach(const devicetree::Machine& machine) {
  if (!machine.rtc.present()) return;
  const PhysRange at = machine.rtc.registers;
  auto mapped = map_device(at.start, at.size, MemoryType::device);
  if (!mapped.ok()) return;
  registers_ = {static_cast<std::uintptr_t>(mapped.value().value)};
  kind_ = machine.rtc_kind;
}

}  // namespace nucleus::platform
