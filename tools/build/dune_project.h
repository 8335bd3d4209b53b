// SPDX-License-Identifier: ISC
#pragma once

// What a dune project builds, read from its dune files without running dune.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// The executables that one dune file's text names, as "NAME.exe", in order. Tests are not among them, nor
/// executables that are built only as bytecode or as another kind of object. `(subdir D ...)` gives
/// "D/NAME.exe". Errors: not a dune file; `where` is the line.
Result<std::vector<std::string>> executables_of(std::string_view dune_file);

/// The executables of all dune files below `folder`, relative to it, sorted. Left out, as dune does: folders
/// whose names start with '.' or '_', data-only and vendored ones. Errors: a dune file that cannot be read;
/// `where` is FILE:LINE.
Result<std::vector<fs::path>> find_executables(const fs::path& folder);

/// The libraries that the dune files below `folder` name: in `libraries` fields, and as preprocessors
/// (`pps`). Some may be optional, or the project's own. Errors: a folder that cannot be read.
Result<std::set<std::string>> named_libraries(const fs::path& folder);

/// The packages that the dune files below `folder` put libraries into, each with those among them that its
/// libraries name, by whichever of their names. Errors: a folder that cannot be read.
Result<std::map<std::string, std::set<std::string>>> packages_of(const fs::path& folder);

/// The root of the project that holds `folder`, as dune finds it: the outermost folder with a dune-workspace,
/// else the outermost with a dune-project; empty when there is none.
fs::path dune_root(const fs::path& folder);

/// The one executable to run, relative to the root of its project.
struct DuneTarget {
  fs::path root;
  fs::path executable;  ///< "bin/main.exe"
};

/// Picks the executable of a folder. Errors: no project, no executable, several (all are named).
Result<DuneTarget> find_dune_target(const fs::path& folder);

/// The executable that a person named as FOLDER/NAME.exe. Errors: no project, no such executable.
Result<DuneTarget> named_dune_target(const fs::path& executable);

}  // namespace bactrian
