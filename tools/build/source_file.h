// SPDX-License-Identifier: ISC
#pragma once

// A program of one .ml file: compiled beside nothing else, with the standard libraries that it names and the
// packages that it was given.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "build/build.h"
#include "build/compiler.h"
#include "support/cache.h"

namespace bactrian {

/// The modules that a compiled unit refers to, from what `ocamlobjinfo FILE.cmx` prints.
std::set<std::string> imported_modules(std::string_view objinfo);

/// The libraries of the OCaml distribution that hold these modules, in link order: "unix", "threads", "str",
/// ...
std::vector<std::string> standard_libraries_for(const std::set<std::string>& modules);

/// The module in the compiler's message "Unbound module X"; "" when it says no such thing.
std::string unbound_module(std::string_view messages);

/// A file name's stem as the name of a module file: letters, digits and _ only, a letter first.
std::string module_file_name(const fs::path& source);

/// Compiles the program, or finds it compiled: the file of its link record. The compiler's messages go to
/// stderr. Errors: it does not compile; an unknown package.
Result<fs::path> compile_source(const Cache& cache, const BuildRequest& request, const Compiler& compiler);

}  // namespace bactrian
