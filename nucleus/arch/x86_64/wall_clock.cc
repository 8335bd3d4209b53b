// SPDX-License-Identifier: ISC

#include <arch/clock.h>

#include <platform/x86/rtc.h>

#include "parts.h"

namespace arch {

std::uint64_t wall_clock_ns() {
  constexpr std::uint64_t ns_per_s = 1'000'000'000;
  return x86_64::read_rtc_seconds(x86_64::machine().fadt.century_register) * ns_per_s;
}

}  // namespace arch
