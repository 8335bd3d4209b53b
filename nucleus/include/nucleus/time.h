// SPDX-License-Identifier: ISC
#pragma once

// Moments and deadlines on the monotonic clock, and the wall clock.

#include <compare>
#include <cstdint>

namespace nucleus {

inline constexpr std::uint64_t ns_per_us = 1'000;
inline constexpr std::uint64_t ns_per_ms = 1'000'000;
inline constexpr std::uint64_t ns_per_s = 1'000'000'000;

/// Nanoseconds on the monotonic clock: starts above one second, never goes back, the same on all CPUs. Any
/// context.
std::uint64_t monotonic_ns();
/// Nanoseconds since 1970, from the real-time clock as read at boot and the monotonic clock. Any context.
std::uint64_t wall_clock_ns();
/// Reads the real-time clock. Once, at boot.
void init_wall_clock();

/// A moment of the monotonic clock, or never.
class Deadline {
 public:
  static constexpr Deadline never() { return Deadline{~std::uint64_t{0}}; }
  static constexpr Deadline at(std::uint64_t ns) { return Deadline{ns}; }
  /// Saturates at never().
  static Deadline after(std::uint64_t duration_ns);
  /// The moment when the wall clock will show `ns`.
  static Deadline at_wall_clock(std::uint64_t ns);

  constexpr bool is_never() const { return ns_ == ~std::uint64_t{0}; }
  constexpr std::uint64_t ns() const { return ns_; }
  bool passed() const { return !is_never() && monotonic_ns() >= ns_; }
  constexpr auto operator<=>(const Deadline&) const = default;

 private:
  constexpr explicit Deadline(std::uint64_t ns) : ns_{ns} {}
  std::uint64_t ns_;
};

}  // namespace nucleus
