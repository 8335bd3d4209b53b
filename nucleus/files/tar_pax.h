// SPDX-License-Identifier: ISC
#pragma once

// The records of a pax extended header: "LENGTH KEY=VALUE\n", one after the other. Spec: [ustar "pax Header
// Block"]

#include <nucleus/result.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace nucleus {

/// The records that say something about where a member goes and how long it is. Views into the parsed text.
struct PaxRecords {
  std::string_view path;
  std::string_view link;
  std::optional<std::uint64_t> size;
  std::optional<std::int64_t> modified_s;
};

/// Errors: malformed (a length that does not fit, no '=', no newline at the end, a size that is no number).
Result<PaxRecords> parse_pax(std::string_view text);

}  // namespace nucleus
