// SPDX-License-Identifier: ISC
#pragma once

// Times as the calls have them, and as the nucleus counts them: in nanoseconds.

#include <syscall/abi/common.h>

#include <nucleus/address_space.h>
#include <nucleus/result.h>
#include <nucleus/time.h>

#include <cstdint>

namespace nucleus {

constexpr abi::Timespec timespec_of(std::uint64_t ns) {
  return {static_cast<std::int64_t>(ns / ns_per_s), static_cast<std::int64_t>(ns % ns_per_s)};
}
constexpr abi::Timeval timeval_of(std::uint64_t ns) {
  return {static_cast<std::int64_t>(ns / ns_per_s), static_cast<std::int64_t>(ns % ns_per_s / ns_per_us)};
}

/// Seconds and a fraction as nanoseconds; a time that is too long for that is cut. Errors: invalid_argument
/// (negative, or the fraction is a whole second or more).
inline Result<std::uint64_t> nanoseconds_of(std::int64_t seconds, std::int64_t fraction_ns) {
  if (seconds < 0 || fraction_ns < 0 || fraction_ns >= static_cast<std::int64_t>(ns_per_s)) {
    return Error::invalid_argument;
  }
  constexpr std::uint64_t longest_s = ~std::uint64_t{0} / ns_per_s - 1;
  if (static_cast<std::uint64_t>(seconds) > longest_s) return longest_s * ns_per_s;
  return static_cast<std::uint64_t>(seconds) * ns_per_s + static_cast<std::uint64_t>(fraction_ns);
}

/// A Timespec of the program, in nanoseconds. Errors: bad_address, invalid_argument.
inline Result<std::uint64_t> load_time(VirtAddr at) {
  const auto time = TRY(load_from_program<abi::Timespec>(at));
  return nanoseconds_of(time.seconds, time.nanoseconds);
}

}  // namespace nucleus
