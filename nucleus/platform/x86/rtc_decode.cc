// SPDX-License-Identifier: ISC

#include "rtc.h"

#include <platform/calendar.h>

namespace arch::x86_64 {
namespace {

constexpr std::uint8_t binary_mode = 1 << 2;
constexpr std::uint8_t hours_24 = 1 << 1;
constexpr std::uint8_t afternoon = 1 << 7;

constexpr unsigned from_bcd(unsigned value) {
  return (value >> 4) * 10 + (value & 15);
}

}  // namespace

std::uint64_t decode_rtc(const RtcRegisters& registers) {
  const bool bcd = (registers.status_b & binary_mode) == 0;
  const auto number = [bcd](unsigned value) { return bcd ? from_bcd(value) : value; };

  unsigned hour = number(registers.hour & ~afternoon);
  if ((registers.status_b & hours_24) == 0) {
    hour = hour % 12 + ((registers.hour & afternoon) != 0 ? 12 : 0);
  } else {
    hour = number(registers.hour);
  }
  const unsigned year_of_century = number(registers.year);
  const unsigned century =
      registers.century != 0 ? number(registers.century) : (year_of_century < 70 ? 20 : 19);
  if (year_of_century >= 100 || century >= 100) return 0;
  return nucleus::platform::seconds_since_1970({.year = century * 100 + year_of_century,
                                                .month = number(registers.month),
                                                .day = number(registers.day),
                                                .hour = hour,
                                                .minute = number(registers.minute),
                                                .second = number(registers.second)});
}

}  // namespace arch::x86_64
