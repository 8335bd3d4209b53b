// SPDX-License-Identifier: ISC
#pragma once

// The guest's report of its run (host link, type 06), for `run --verbose`.

#include <string_view>

namespace bactrian {

/// Shows the report on stderr: each member of the JSON object on a line, members of objects as a table.
/// What is no JSON object is shown as it is.
void print_report(std::string_view json);

}  // namespace bactrian
