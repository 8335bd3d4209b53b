// SPDX-License-Identifier: ISC
#pragma once

// A clock made of straight lines, each bent from the one before, that any CPU reads in any context while one
// CPU bends it.

#include "tick_scale.h"

#include <atomic>
#include <cstdint>

namespace arch::x86_64 {

/// Two lines are kept; the generation's low bit says which is newest. It starts a little in the future: until
/// then readers use the other, so that all of them change over at the same tick.
class TickLines {
 public:
  constexpr explicit TickLines(std::uint64_t ns) : lines_{{0, ns, {}}, {0, ns, {}}} {}

  /// Goes on with `line` at once: for a clock that nobody else reads yet.
  void start(const TickScale& line) { add(line); }

  /// From the tick `from` on, goes on with another slope. Returns false, and changes nothing, if the last
  /// bend is still to come at `now`. One caller at a time.
  bool bend(std::uint64_t now, std::uint64_t from, Rate slope) {
    const TickScale& newest = lines_[generation_.load(std::memory_order_relaxed) & 1];
    if (now < newest.from_tick) return false;
    add(newest.bent_at(from, slope));
    return true;
  }

  /// The time at the tick that `read_tick()` gives.
  template <typename ReadTick>
  std::uint64_t ns(ReadTick read_tick) const {
    for (;;) {
      const unsigned newest = generation_.load(std::memory_order_acquire);
      const std::uint64_t tick = read_tick();
      const bool started = tick >= lines_[newest & 1].from_tick;
      const std::uint64_t ns = lines_[(newest + (started ? 0 : 1)) & 1].ns(tick);
      std::atomic_thread_fence(std::memory_order_acquire);
      if (generation_.load(std::memory_order_relaxed) == newest) return ns;
    }
  }

 private:
  void add(const TickScale& line) {
    const unsigned next = generation_.load(std::memory_order_relaxed) + 1;
    lines_[next & 1] = line;
    generation_.store(next, std::memory_order_release);
  }

  TickScale lines_[2];
  std::atomic<unsigned> generation_{0};
};

}  // namespace arch::x86_64
