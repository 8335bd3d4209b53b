// SPDX-License-Identifier: ISC
#pragma once

// panic, for a place that the caller knows and std::source_location cannot say.

#include <cstdint>

namespace nucleus {

/// Laid out as the compiler's sanitizers do.
struct SourcePlace {
  const char* file;
  std::uint32_t line;
  std::uint32_t column;
};

/// Context: any, as panic; never returns.
[[noreturn]] void panic_at(const char* message, const SourcePlace& place);

}  // namespace nucleus
