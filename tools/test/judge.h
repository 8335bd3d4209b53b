// SPDX-License-Identifier: ISC
#pragma once

// Whether a run of a system case went as it should.

#include <string>

#include "support/process.h"
#include "support/result.h"
#include "test/case.h"

namespace bactrian {

/// Empty when `finished` is what `run` asks for; else why not. `folder` holds the expected files.
/// Errors: an expected file that cannot be read.
Result<std::string> judge(const CaseRun& run, const Finished& finished, const fs::path& folder);

}  // namespace bactrian
