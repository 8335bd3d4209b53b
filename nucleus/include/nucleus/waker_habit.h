// SPDX-License-Identifier: ISC
#pragma once

// WakerHabit: whether a thread that wakes another usually waits itself soon after (it hands over a lock, or
// an answer), learnt from what it did before. The scheduler leaves the woken thread on such a waker's CPU.

#include <nucleus/time.h>

#include <cstdint>

namespace nucleus {

class WakerHabit {
 public:
  /// "Soon": about what it costs to get a halted CPU going.
  static constexpr std::uint64_t soon_ns = 100 * ns_per_us;

  bool waits_soon() const { return count_ >= 0; }

  void wakes(std::uint64_t now_ns) { woke_at_ns_ = now_ns; }
  void waits(std::uint64_t now_ns) {
    if (woke_at_ns_ != 0) learn(now_ns - woke_at_ns_ < soon_ns);
  }
  /// It was expected to wait by now, and goes on.
  void goes_on() { learn(false); }

 private:
  // How often a thread must surprise before the other is expected of it.
  static constexpr std::int8_t most = 3;
  static constexpr std::int8_t least = -4;

  void learn(bool waited) {
    if (waited && count_ < most) ++count_;
    if (!waited && count_ > least) --count_;
    woke_at_ns_ = 0;
  }

  std::uint64_t woke_at_ns_ = 0;  // 0: has woken nobody since it last waited
  std::int8_t count_ = 0;
};

}  // namespace nucleus
