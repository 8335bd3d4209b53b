// SPDX-License-Identifier: ISC

#include <arch/clock.h>
#include <platform/rtc/devicetree_clock.h>

#include "machine.h"

namespace arch {
namespace {
constinit nucleus::platform::DevicetreeClock clock;
}

void aarch64::discover_wall_clock() {
  clock.attach(machine());
}

std::uint64_t wall_clock_ns() {
  return clock.read_ns();
}

}  // namespace arch
