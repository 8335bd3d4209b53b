// SPDX-License-Identifier: ISC

#include <arch/clock.h>
#include <nucleus/boot_info.h>
#include <platform/rtc/devicetree_clock.h>

#include "machine.h"

namespace arch {
namespace {
constinit nucleus::platform::DevicetreeClock clock;
}

void aarch64::discover_wall_clock() {
  clock.attach(machine(), nucleus::boot_info().date_seconds);
}

std::uint64_t wall_clock_ns() {
  return clock.read_ns();
}

}  // namespace arch
