// SPDX-License-Identifier: ISC
#pragma once

// The libraries of lib/, offered to programs as packages.
//
// They stand behind what is installed beside a compiler: a package that is there is taken from there, and
// then so is all that needs it. (Modules compiled against one picos do not fit another.) What a program names
// is built once for each compiler and content, and found by dune and ocamlfind like any other package.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/compiler.h"
#include "support/cache.h"

namespace bactrian {

/// Package -> the packages that its libraries name.
using PackageNeeds = std::map<std::string, std::set<std::string>>;

/// Those of the packages that `named` needs, directly or not, and that are ours to give: neither `present`
/// elsewhere nor in need of one that is.
std::set<std::string> offered_packages(const PackageNeeds& ours, const std::set<std::string>& named,
                                       const std::set<std::string>& present);

/// The folder with our packages for a program that names these libraries ("picos_mux.fifo"); none when it
/// needs none of ours. Errors: they do not build with this compiler.
Result<std::vector<fs::path>> provide_own_libraries(const Cache& cache, const Compiler& compiler, Arch arch,
                                                    const std::set<std::string>& named);

/// The value of OCAMLPATH, which is searched first, that puts `behind` behind the packages of the compiler
/// (one for this machine).
Result<std::string> search_path_with(const Compiler& compiler, const std::vector<fs::path>& behind);

}  // namespace bactrian
