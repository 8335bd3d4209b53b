// SPDX-License-Identifier: ISC
#pragma once

// Where the packages of a program for another architecture are found: a findlib configuration of our own.
//
// findlib.conf is for the machine that builds: the packages of the cross compiler's host, for code generators
// and ppx rewriters. findlib.conf.d/TOOLCHAIN.conf is for the target: the libraries that were built for it,
// the cross compiler's own, and the mere descriptions of the host's ppx rewriters. (dune looks a ppx rewriter
// up among the target's packages, then takes the program of the host; the target never links it.)

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "build/compiler.h"
#include "support/cache.h"

namespace bactrian {

/// The findlib.conf for a program that names these packages ("eqaf.bigstring"), for a compiler that has a
/// toolchain. Libraries that toolchain/versions.lock knows are built where they are missing; other names are
/// left to findlib or dune to complain about. `own` are searched behind the compiler's own packages. Errors:
/// such a library cannot be built.
Result<fs::path> provide_findlib_site(const Cache& cache, const Compiler& compiler, Arch arch,
                                      const std::set<std::string>& packages,
                                      const std::vector<fs::path>& own = {});

/// The folders where a compiler finds the packages of its target that are installed, first those that are
/// searched first.
Result<std::vector<fs::path>> package_folders(const Compiler& compiler);

/// Where a root package is in the folders, or an empty path.
fs::path package_folder(const std::string& package, const std::vector<fs::path>& folders);

/// The libraries ("library NAME ...") that a lock file's text knows.
std::set<std::string> locked_libraries(std::string_view lock);

/// Whether a META file describes a ppx rewriter or deriver (so dune writes it), in itself or a package below.
bool describes_ppx(std::string_view meta);

/// "eqaf" of "eqaf.bigstring"
std::string root_package(std::string_view package);

/// What to do where a package is not there for an architecture.
std::string missing_package_remedy(Arch arch);

}  // namespace bactrian
