// SPDX-License-Identifier: ISC
#pragma once

// The PC's battery-backed clock (MC146818). decode_rtc is pure. Spec: [motorola/mc146818]

#include <cstdint>

namespace arch::x86_64 {

/// Its registers as read, in whatever form status register B says.
struct RtcRegisters {
  std::uint8_t second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0,
               century = 0;  // century 0: not given
  std::uint8_t status_b = 0;
  bool operator==(const RtcRegisters&) const = default;
};

/// Seconds since 1970, taking the clock to run in UTC; 0 if the registers make no date.
std::uint64_t decode_rtc(const RtcRegisters& registers);

/// Reads it, waiting up to 2 ms for a moment when it does not change. 0 if there is none.
/// `century_register`: from the FADT, or 0.
std::uint64_t read_rtc_seconds(std::uint8_t century_register);

}  // namespace arch::x86_64
