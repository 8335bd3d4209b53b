// SPDX-License-Identifier: ISC
#pragma once

// `bactrian run`, as a user calls it, in a process of its own: the suites test what people use.

#include <string>
#include <vector>

#include "build/build.h"
#include "support/process.h"
#include "support/result.h"

namespace bactrian {

struct Invocation {
  fs::path program;
  Arch arch = Arch::x86_64;
  Target target = Target::bare;
  std::string machine = {}, cpu = {};  ///< QEMU's; empty: the usual ones
  unsigned cpus = 1;
  std::string memory = {};  ///< empty: the default
  std::vector<std::string> args = {}, env = {}, files = {};
  std::string input = {};
  bool stdin_closed = false;
  bool merge = false;  ///< stderr goes where stdout goes, in order
  bool debug = false;  ///< with the nucleus that checks itself
  unsigned timeout_s = 180;
};

/// The command line of it, without the path of the tool.
std::vector<std::string> run_arguments(const Invocation& invocation);

/// Builds the program, so that invoke() finds it built and prints nothing about it; into the file `output`,
/// if one is given. The status is the builder's.
Result<Finished> invoke_build(const Invocation& invocation, const fs::path& output = {});

/// Runs it to its end. A status of 124 is its own time limit; the tool gets some more to build.
Result<Finished> invoke(const Invocation& invocation);

}  // namespace bactrian
