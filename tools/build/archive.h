// SPDX-License-Identifier: ISC
#pragma once

// Static libraries (ar): their members.

#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace bactrian {

struct ArchiveMember {
  std::string name;
  std::string_view content;
};

bool looks_like_archive(std::string_view bytes);

/// The members, without the symbol and name tables. The views point into `bytes`.
/// Errors: not an archive, a damaged one, or a thin one (its members are files elsewhere).
Result<std::vector<ArchiveMember>> read_archive(std::string_view bytes);

}  // namespace bactrian
