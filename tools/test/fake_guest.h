// SPDX-License-Identifier: ISC
#pragma once

// The program that plays QEMU and its guest in the tests of the tool (tools/run/testing).

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// Builds it as part of the unit tests.
Result<fs::path> build_fake_guest();

}  // namespace bactrian
