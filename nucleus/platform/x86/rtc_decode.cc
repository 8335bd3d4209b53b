// SPDX-License-Identifier: ISC

#include "rtc.h"

namespace arch::x86_64 {
namespace {

constexpr std::uint8_t binary_mode = 1 << 2;
constexpr std::uint8_t hours_24 = 1 << 1;
constexpr std::uint8_t afternoon = 1 << 7;

constexpr unsigned from_bcd(unsigned value) {
  return (value >> 4) * 10 + (value & 15);
}

constexpr bool is_leap(unsigned year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/// Leap days in the years before `year`.
constexpr unsigned leap_days_before(unsigned year) {
  return (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
}

/// Days from 1970-01-01 to a date of 1970 or later.
constexpr std::uint64_t days_since_1970(unsigned year, unsigned month, unsigned day) {
  constexpr unsigned days_before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const unsigned leap_days =
      leap_days_before(year) - leap_days_before(1970) + (is_leap(year) && month > 2 ? 1 : 0);
  return (year - 1970) * 365 + leap_days + days_before_month[month - 1] + day - 1;
}
static_assert(days_since_1970(1970, 1, 1) == 0);
static_assert(days_since_1970(2000, 3, 1) == 11'017);

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
  const unsigned second = number(registers.second);
  const unsigned minute = number(registers.minute);
  const unsigned day = number(registers.day);
  const unsigned month = number(registers.month);
  const unsigned year_of_century = number(registers.year);
  const unsigned century =
      registers.century != 0 ? number(registers.century) : (year_of_century < 70 ? 20 : 19);
  const unsigned year = century * 100 + year_of_century;
  const bool valid = second < 61 && minute < 60 && hour < 24 && day >= 1 && day <= 31 && month >= 1 &&
                     month <= 12 && year_of_century < 100 && century < 100 && year >= 1970;
  if (!valid) return 0;
  return days_since_1970(year, month, day) * 86'400 + hour * 3'600 + minute * 60 + second;
}

}  // namespace arch::x86_64
