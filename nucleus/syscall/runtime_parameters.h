// SPDX-License-Identifier: ISC
#pragma once

// OCAMLRUNPARAM for a machine of this size. The runtime lets a stack grow to 1 GiB, which most machines here
// have not got: a runaway recursion would run out of memory instead of raising Stack_overflow.

#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {

struct RuntimeParameters {
  std::string_view environment;       // the program's, less a variable that `more_environment` replaces
  std::string_view more_environment;  // one variable, with its NUL; empty: nothing to add
};

/// Adds `l=WORDS` to OCAMLRUNPARAM (or CAMLRUNPARAM, if only that is set) unless it is there.
/// `environment` (strings that end with a NUL) is changed in place; `buffer` is for the new variable: if it
/// is too small, nothing is added.
RuntimeParameters with_stack_limit(std::span<char> environment, std::uint64_t limit_words,
                                   std::span<char> buffer);

/// A quarter of the memory, in words; at most the runtime's own 1 GiB, at least 1 MiB.
constexpr std::uint64_t stack_limit_words(std::uint64_t memory_bytes) {
  constexpr std::uint64_t most = std::uint64_t{1} << 30;
  constexpr std::uint64_t least = std::uint64_t{1} << 20;
  const std::uint64_t quarter = memory_bytes / 4;
  return (quarter > most ? most : quarter < least ? least : quarter) / 8;
}

}  // namespace nucleus
