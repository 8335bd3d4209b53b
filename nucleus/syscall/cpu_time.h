// SPDX-License-Identifier: ISC
#pragma once

// Processor time. All of it counts as the user's: the program and the nucleus are one.

#include <cstdint>

namespace nucleus {

/// Nanoseconds that all threads of the program have run, together.
std::uint64_t program_cpu_ns();
/// Nanoseconds that the current thread has run.
std::uint64_t thread_cpu_ns();

}  // namespace nucleus
