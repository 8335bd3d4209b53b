// SPDX-License-Identifier: ISC
#pragma once

// A program of a dune project: dune builds it, with the compiler behind our shim.
//
// For another architecture it is a cross build (`dune -x TOOLCHAIN`): code generators and ppx rewriters are
// made for this machine in dune's context `default`, the program in `default.TOOLCHAIN`.

#include <string>
#include <string_view>

#include "build/build.h"
#include "build/compiler.h"
#include "build/dune_project.h"
#include "support/cache.h"

namespace bactrian {

/// Builds the executable (dune does only what has changed): the file of its link record, which lies where
/// dune expects the executable, in a build folder of ours in the cache; the project's own _build is not
/// touched. Errors: no dune, or the project does not build; dune's and the compiler's messages go to stderr.
Result<fs::path> build_dune_program(const Cache& cache, const BuildRequest& request, const DuneTarget& target,
                                    const Compiler& compiler);

/// The compiler's own dune, else the one in PATH, else the private one.
Result<fs::path> find_dune(const Compiler& compiler);

/// The library that dune's messages say is not found; "" when they say no such thing.
std::string missing_library(std::string_view messages);

}  // namespace bactrian
