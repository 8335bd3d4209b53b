// SPDX-License-Identifier: ISC
#pragma once

// The language of the comment "(* TEST ... *)" at the head of a test in the OCaml source: its syntax.
//
// A block is a list of statements, each ended by ';', and then blocks in braces: the alternatives that go on
// from there. What the statements mean is ocamltest.h's matter.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace bactrian {

struct TslStatement {
  enum class Kind {
    assign,   ///< NAME = "VALUE", and `set NAME = "VALUE"`, which declares a variable of the environment
    append,   ///< NAME += "VALUE"
    include,  ///< include NAME
    unset,    ///< unset NAME
    action,   ///< NAME, or NAME with MODIFIER, MODIFIER
  };
  Kind kind = Kind::action;
  std::string name, value = {};
  bool declares = false;  ///< of Kind::assign: it had `set`
  std::vector<std::string> modifiers = {};
};

struct TslBlock {
  std::vector<TslStatement> statements;
  std::vector<TslBlock> blocks;
};

/// The header of a source; none when the source does not begin with one. The header of a source that begins
/// with TEST_BELOW is its next such comment. Errors: not of the language; `where` is "line N".
Result<std::optional<TslBlock>> parse_tsl(std::string_view source);

}  // namespace bactrian
