// SPDX-License-Identifier: ISC
#pragma once

// S-expressions as dune files write them.

#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace bactrian {

struct Sexp {
  bool is_list = false;
  std::string atom;         ///< where !is_list
  std::vector<Sexp> items;  ///< where is_list
  unsigned line = 0;        ///< from 1: where it starts

  /// Whether it is a list whose first item is the atom `name`: a dune stanza or field of that name.
  bool is_field(std::string_view name) const;
  /// The first item that is_field(name), or null.
  const Sexp* field(std::string_view name) const;
  /// The atoms after the first item of a list: (names a b) has the arguments a, b. Lists are left out.
  std::vector<std::string> arguments() const;
};

/// All expressions of the text. Comments (`;`, `#|...|#`, `#;`) are skipped.
/// Errors: an unclosed list, string or comment, or a stray ')'; `where` is the line.
Result<std::vector<Sexp>> parse_sexps(std::string_view text);

}  // namespace bactrian
