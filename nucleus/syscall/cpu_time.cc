// SPDX-License-Identifier: ISC

#include "cpu_time.h"

#include <nucleus/time.h>

namespace nucleus {
namespace {

/// The monotonic clock starts above one second, and the program soon after it.
constexpr std::uint64_t start_ns = ns_per_s;

}  // namespace

// The scheduler does not account for time yet: what has passed since the start stands for it.
std::uint64_t program_cpu_ns() {
  return monotonic_ns() - start_ns;
}
std::uint64_t thread_cpu_ns() {
  return monotonic_ns() - start_ns;
}

}  // namespace nucleus
