// SPDX-License-Identifier: ISC
#pragma once

// From a date of the Gregorian calendar to seconds since 1970. Pure; shared with our UEFI loader.

#include <cstdint>

namespace nucleus::platform {

struct Date {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

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

/// 0 if it is no date, or one before 1970.
constexpr std::uint64_t seconds_since_1970(const Date& date) {
  const bool valid = date.second < 61 && date.minute < 60 && date.hour < 24 && date.day >= 1 &&
                     date.day <= 31 && date.month >= 1 && date.month <= 12 && date.year >= 1970 &&
                     date.year < 10'000;
  if (!valid) return 0;
  return days_since_1970(date.year, date.month, date.day) * 86'400 + date.hour * 3'600 + date.minute * 60 +
         date.second;
}

}  // namespace nucleus::platform
