// SPDX-License-Identifier: ISC
#pragma once

// panic: the end of the machine, for a broken invariant. It stops the other CPUs, takes the console back,
// prints the message, the place, and a symbolised backtrace, and ends with status 70.

#include <source_location>

namespace nucleus {

/// Context: any, interrupts on or off, any lock held; never returns.
[[noreturn]] void panic(const char* message, std::source_location at = std::source_location::current());

/// For port functions that an architecture has not got: names the place instead of quietly returning 0.
[[noreturn]] inline void not_ported(std::source_location at = std::source_location::current()) {
  panic("this port function is not written for this architecture", at);
}

}  // namespace nucleus

/// Checked in every build: an invariant whose breach would corrupt memory or lose data.
#define NUCLEUS_CHECK(condition)                     \
  do {                                               \
    if (!(condition)) [[unlikely]]                   \
      ::nucleus::panic("check failed: " #condition); \
  } while (0)

/// Checked in debug builds only.
#ifdef NUCLEUS_DEBUG
#define NUCLEUS_ASSERT(condition) NUCLEUS_CHECK(condition)
#else
#define NUCLEUS_ASSERT(condition) \
  do {                            \
  } while (0)
#endif
