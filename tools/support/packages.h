// SPDX-License-Identifier: ISC
#pragma once

// Debian packages, through tools/packages, which names the sets.

#include <string>
#include <vector>

#include "support/result.h"

namespace bactrian {

/// Installs what is missing of the sets ("run-aarch64"), or fails having told the person the exact command.
/// Remembers the answer in the cache until dpkg's database changes, so that it costs nothing the next time.
Result<void> ensure_packages(const std::vector<std::string>& sets);

/// The packages of the sets that are not installed.
Result<std::vector<std::string>> missing_packages(const std::vector<std::string>& sets);

}  // namespace bactrian
