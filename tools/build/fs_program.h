// SPDX-License-Identifier: ISC
#pragma once

// bactrian-fs (tools/fs): a program of its own, so that the tool that everybody builds first stays small. It
// is built when it is first used, by `bactrian fs` or for an image's data partition.

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// The program; installs the packages that it needs, and builds it, where they are missing.
Result<fs::path> provide_fs_program();

}  // namespace bactrian
