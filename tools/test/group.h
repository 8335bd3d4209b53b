// SPDX-License-Identifier: ISC
#pragma once

// Many programs in one image: each becomes the body of a functor, applied in turn, with marks between that
// tell their outputs apart. A program that ends the image early hides those after it; they are run again
// without it.

#include <string>
#include <string_view>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

struct GroupMember {
  std::string name;  ///< unique in the group; no newline
  fs::path source;   ///< a .ml file
};

/// The OCaml source of the group. An exception that escapes a member is reported as the runtime would, and
/// the next one follows. Errors: a source that cannot be read.
Result<std::string> group_source(const std::vector<GroupMember>& members);

struct MemberOutput {
  bool begun = false;
  bool ended = false;     ///< it came to its end or raised; otherwise the image ended in it
  std::string exception;  ///< what escaped it, or empty
  std::string out;
};

/// Cuts the group's stdout at the marks; one element a member, in their order.
std::vector<MemberOutput> split_group_output(const std::vector<GroupMember>& members, std::string_view out);

}  // namespace bactrian
