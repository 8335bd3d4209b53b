// SPDX-License-Identifier: ISC
#pragma once

// Where the project's own files are.

#include "support/files.h"

namespace bactrian {

/// The checkout: the folder of the launcher, which passes it as BACTRIAN_ROOT.
fs::path project_root();

/// Which state of the sources that is, as git names it: "20d4a4a", with "-dirty" where they have been changed
/// since; "unknown" where git does not know.
std::string sources_version();

}  // namespace bactrian
