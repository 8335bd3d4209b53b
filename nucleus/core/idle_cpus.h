// SPDX-License-Identifier: ISC
#pragma once

// IdleCpus: which CPUs have nothing to do, as one word that all may read and write without a lock. A bit is
// set by its CPU before that looks for work the last time and halts, and cleared by whoever gives it some
// (claim), so that two do not choose the same.

#include <nucleus/thread.h>

#include <atomic>
#include <bit>
#include <cstdint>

namespace nucleus {

class IdleCpus {
 public:
  static constexpr unsigned none = ~0u;

  // All of these are seq_cst: see "No wake-up is lost" in scheduler.h.
  void add(unsigned cpu) { bits_.fetch_or(bit(cpu)); }
  void remove(unsigned cpu) {
    if (contains(cpu)) bits_.fetch_and(~bit(cpu));
  }
  bool contains(unsigned cpu) const { return (bits_.load() & bit(cpu)) != 0; }

  bool none_in(CpuSet set) const { return (bits_.load() & set.bits) == 0; }

  /// Takes `cpu` out; false if it was not in.
  bool claim(unsigned cpu) { return contains(cpu) && (bits_.fetch_and(~bit(cpu)) & bit(cpu)) != 0; }
  /// Takes one out that is allowed; `none` if there is none.
  unsigned claim_any(CpuSet allowed) {
    for (;;) {
      const std::uint64_t usable = bits_.load() & allowed.bits;
      if (usable == 0) return none;
      const auto cpu = static_cast<unsigned>(std::countr_zero(usable));
      if (claim(cpu)) return cpu;
    }
  }

 private:
  static constexpr std::uint64_t bit(unsigned cpu) { return std::uint64_t{1} << cpu; }
  std::atomic<std::uint64_t> bits_{0};
};

}  // namespace nucleus
