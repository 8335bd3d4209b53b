// SPDX-License-Identifier: ISC
#pragma once

// Which calls the program made that the nucleus does not serve, and how often: for the report at the end.

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

/// Counts a call that returned ENOSYS. Context: any.
void count_unknown_call(long number);

/// Numbers seen so far; each with its count.
struct UnknownCall {
  long number;
  std::uint64_t count;
};
/// Copies at most into.size() of them; returns how many.
std::size_t unknown_calls(std::span<UnknownCall> into);

}  // namespace nucleus
