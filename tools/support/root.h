// SPDX-License-Identifier: ISC
#pragma once

// Where the project's own files are.

#include "support/files.h"

namespace bactrian {

/// The checkout: the folder of the launcher, which passes it as BACTRIAN_ROOT.
fs::path project_root();

}  // namespace bactrian
