// SPDX-License-Identifier: ISC
#pragma once

// From ticks of a counter to nanoseconds, by one multiplication. Pure: also compiled into the host tests.

#include <cstdint>

namespace arch::x86_64 {

/// A rate as a 32.32 fixed-point number.
struct Rate {
  std::uint64_t fixed = 0;

  /// `numerator / denominator`, rounded down; 0 if the denominator is. The denominator below 2^63, the
  /// quotient below 2^32. By hand, since 128-bit division is a library call that the nucleus has not got.
  static constexpr Rate ratio(std::uint64_t numerator, std::uint64_t denominator) {
    if (denominator == 0) return {};
    std::uint64_t quotient = numerator / denominator;
    std::uint64_t rest = numerator % denominator;
    for (unsigned bit = 0; bit < 32; ++bit) {
      rest *= 2;
      quotient = quotient * 2 + (rest >= denominator ? 1 : 0);
      if (rest >= denominator) rest -= denominator;
    }
    return {quotient};
  }
  constexpr std::uint64_t of(std::uint64_t count) const {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(count) * fixed >> 32);
  }
};

/// A straight line: at `from_tick` the time is `from_ns`, and it grows by `ns_per_tick`.
struct TickScale {
  std::uint64_t from_tick = 0;
  std::uint64_t from_ns = 0;
  Rate ns_per_tick;

  constexpr std::uint64_t ns(std::uint64_t tick) const { return from_ns + ns_per_tick.of(tick - from_tick); }
  /// The line that meets this one at `tick` and goes on with another slope: so a clock is corrected without a
  /// step.
  constexpr TickScale bent_at(std::uint64_t tick, Rate slope) const { return {tick, ns(tick), slope}; }
};

}  // namespace arch::x86_64
