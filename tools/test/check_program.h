// SPDX-License-Identifier: ISC
#pragma once

// A test that is a program on this machine, judged by how it ends: status 0 passes, 77 says that it was
// skipped (its last line says why), all else has failed.

#include <chrono>
#include <string>

#include "support/process.h"
#include "test/suite.h"

namespace bactrian {

/// Runs the program to its end or the limit, its stderr as part of its output. Errors: it cannot be started,
/// or the run was interrupted.
Result<TestOutcome> check_program(std::string name, Command command, std::chrono::seconds limit);

}  // namespace bactrian
