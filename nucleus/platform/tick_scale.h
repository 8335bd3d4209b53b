// SPDX-License-Identifier: ISC
#pragma once

// Between the ticks of a counter of constant frequency and nanoseconds, without division. Pure.

#include <cstdint>

namespace nucleus::platform {

class TickScale {
 public:
  constexpr TickScale() = default;
  /// `frequency_hz` is at least 1,000. A zero counter is `offset_ns`.
  constexpr TickScale(std::uint64_t frequency_hz, std::uint64_t offset_ns)
      : ns_per_tick_{(nanoseconds << 32) / frequency_hz},
        ticks_per_ns_{(frequency_hz << 32) / nanoseconds},
        offset_ns_{offset_ns} {}

  /// Monotonic in `ticks`; wraps after 584 years.
  constexpr std::uint64_t to_ns(std::uint64_t ticks) const {
    return offset_ns_ + multiply(ticks, ns_per_tick_);
  }

  /// A counter value that is `delay_ns` after `now_ticks`, or a little more; delays are cut to about an hour,
  /// so that rounding stays below a microsecond.
  constexpr std::uint64_t ticks_after(std::uint64_t now_ticks, std::uint64_t delay_ns) const {
    const std::uint64_t delay = delay_ns < longest_delay_ns ? delay_ns : longest_delay_ns;
    return now_ticks + multiply(delay, ticks_per_ns_ + 1) + 1;
  }

 private:
  static constexpr std::uint64_t nanoseconds = 1'000'000'000;
  static constexpr std::uint64_t longest_delay_ns = std::uint64_t{1} << 42;

  static constexpr std::uint64_t multiply(std::uint64_t value, std::uint64_t scale) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(value) * scale) >> 32);
  }

  std::uint64_t ns_per_tick_ = 0;   // 32.32 fixed point
  std::uint64_t ticks_per_ns_ = 0;  // 32.32 fixed point
  std::uint64_t offset_ns_ = 0;
};

}  // namespace nucleus::platform
