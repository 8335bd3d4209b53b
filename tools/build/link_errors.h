// SPDX-License-Identifier: ISC
#pragma once

// What a failed final link means for the person whose program it is.

#include <string>
#include <string_view>
#include <vector>

#include "build/link_line.h"
#include "support/result.h"

namespace bactrian {

/// What the linker complained of.
struct LinkComplaints {
  std::vector<std::string> undefined;   ///< names that nothing defines, each once, in order
  std::vector<std::string> non_pic;     ///< files (archive(member)) compiled for low addresses
  std::vector<std::string> duplicates;  ///< names that are defined twice
};

/// Reads the messages of GNU ld.
LinkComplaints read_complaints(std::string_view messages);

/// The inputs that refer to an undefined name, as "libfoo.a(bar.o)"; those that cannot be read are left out.
std::vector<std::string> who_wants(const std::string& name, const std::vector<LinkInput>& inputs);

/// The error that tells a person what is missing, who wants it and what to do.
Error explain_link_failure(std::string_view messages, const std::vector<LinkInput>& inputs);

}  // namespace bactrian
