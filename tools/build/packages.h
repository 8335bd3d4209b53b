// SPDX-License-Identifier: ISC
#pragma once

// Packages installed beside a compiler, as ocamlfind knows them.

#include <string>
#include <vector>

#include "build/compiler.h"
#include "support/cache.h"

namespace bactrian {

struct Packages {
  std::vector<std::string> folders;   ///< for -I
  std::vector<std::string> archives;  ///< absolute .cmxa files, in link order
  std::string key;                    ///< changes when one of the archives does
};

/// The packages and all that they need. For another architecture, libraries that are built from source are
/// built first. Errors: no ocamlfind beside the compiler or in PATH; an unknown package; a library that does
/// not build.
Result<Packages> find_packages(const Cache& cache, const std::vector<std::string>& names,
                               const Compiler& compiler, Arch arch);

}  // namespace bactrian
