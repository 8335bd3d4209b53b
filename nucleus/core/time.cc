// SPDX-License-Identifier: ISC

#include <nucleus/time.h>

#include <arch/clock.h>

#include <atomic>

namespace nucleus {

namespace {

// Wall clock minus monotonic clock.
constinit std::atomic<std::uint64_t> wall_offset_ns{0};

}  // namespace

std::uint64_t monotonic_ns() {
  return arch::monotonic_ns();
}

std::uint64_t wall_clock_ns() {
  return monotonic_ns() + wall_offset_ns.load(std::memory_order_relaxed);
}

void init_wall_clock() {
  const std::uint64_t wall_ns = arch::wall_clock_ns();
  if (wall_ns != 0) wall_offset_ns.store(wall_ns - monotonic_ns(), std::memory_order_relaxed);
}

Deadline Deadline::after(std::uint64_t duration_ns) {
  const std::uint64_t now_ns = nucleus::monotonic_ns();
  return duration_ns > ~std::uint64_t{0} - now_ns ? never() : at(now_ns + duration_ns);
}

Deadline Deadline::at_wall_clock(std::uint64_t ns) {
  const std::uint64_t offset_ns = wall_offset_ns.load(std::memory_order_relaxed);
  return at(ns > offset_ns ? ns - offset_ns : 0);
}

}  // namespace nucleus
