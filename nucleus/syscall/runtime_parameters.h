// SPDX-License-Identifier: ISC
#pragma once

// OCAMLRUNPARAM for a machine of this size. The runtime lets a stack grow to 1 GiB, which most machines here
// have not got: a runaway recursion would run out of memory instead of raising Stack_overflow. And each
// domain's minor heap takes 2 MiB at once, which a machine of 4 MiB has not got either.

#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {

struct RuntimeParameters {
  std::string_view environment;       // the program's, less a variable that `more_environment` replaces
  std::string_view more_environment;  // one variable, with its NUL; empty: nothing to add
};

/// What is added to OCAMLRUNPARAM, in words; 0: nothing.
struct RuntimeLimits {
  std::uint64_t stack = 0;       // l=
  std::uint64_t minor_heap = 0;  // s=
};

/// Adds the limits to OCAMLRUNPARAM (or CAMLRUNPARAM, if only that is set), each unless it is there.
/// `environment` (strings that end with a NUL) is changed in place; `buffer` is for the new variable: if it
/// is too small, nothing is added.
RuntimeParameters with_limits(std::span<char> environment, RuntimeLimits limits, std::span<char> buffer);

/// A quarter of the memory, in words; at most the runtime's own 1 GiB, at least 1 MiB.
constexpr std::uint64_t stack_limit_words(std::uint64_t memory_bytes) {
  constexpr std::uint64_t most = std::uint64_t{1} << 30;
  constexpr std::uint64_t least = std::uint64_t{1} << 20;
  const std::uint64_t quarter = memory_bytes / 4;
  return (quarter > most ? most : quarter < least ? least : quarter) / 8;
}

/// A sixteenth of the memory, in words, rounded down to a power of two; 0 (the runtime's own 2 MiB) from 32
/// MiB on.
constexpr std::uint64_t minor_heap_words(std::uint64_t memory_bytes) {
  constexpr std::uint64_t own_size = std::uint64_t{2} << 20;
  constexpr std::uint64_t least = std::uint64_t{32} << 10;
  if (memory_bytes / 16 >= own_size) return 0;
  std::uint64_t size = least;
  while (size * 2 <= memory_bytes / 16) size *= 2;
  return size / 8;
}

}  // namespace nucleus
