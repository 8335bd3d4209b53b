// SPDX-License-Identifier: ISC
#pragma once

// What differs between two texts, for a person.

#include <string>
#include <string_view>

namespace bactrian {

/// Empty when equal; else where they first differ, with a few lines of each: "line 3: expected ..., got ...".
std::string difference(std::string_view expected, std::string_view actual);

/// The last `lines` lines of a text, each indented by two spaces; "" for an empty text.
std::string tail(std::string_view text, size_t lines);

}  // namespace bactrian
