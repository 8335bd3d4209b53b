// SPDX-License-Identifier: ISC
#pragma once

// The compiler's programs with one difference: the final link of one executable is ours.
//
// The shim is a folder with a script for each program of the compiler, put first in PATH. Each becomes the
// real program. Only `ocamlopt -o EXECUTABLE ...` with EXECUTABLE = $BACTRIAN_EXECUTABLE gets one more
// argument, `-cc`, by which our recorder takes the C linker's place. So a build system needs no change, and
// programs that it builds and runs on the way (preprocessors, generators) are linked for the machine that
// builds.

#include <string>
#include <utility>
#include <vector>

#include "build/compiler.h"
#include "support/cache.h"

namespace bactrian {

/// The script that stands for a compiler program; `ocamlopt` gets the one that takes the link over.
std::string shim_script(const std::string& program, const fs::path& real);

/// The shim of a compiler: a folder with bin/ (and lib, a link to the compiler's, for dune finds packages
/// there).
Result<fs::path> provide_shim(const Cache& cache, const Compiler& compiler);

/// The environment in which ocamlopt records the link of `executable` (as -o will name it). Without a shim,
/// this is for ocamlopt called with `-cc $BACTRIAN_RECORDER`.
std::vector<std::pair<std::string, std::string>> recorder_environment(const Compiler& compiler,
                                                                      const std::string& executable);

/// The value for `-cc`: how to call our own program as recorder.
std::string recorder_command();

}  // namespace bactrian
