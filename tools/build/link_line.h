// SPDX-License-Identifier: ISC
#pragma once

// The command with which ocamlopt asks a C compiler to link an executable, taken apart.
//
// `ocamlopt -cc X` makes X run in the C compiler's place. Its arguments name, in order, everything that the
// program is made of: the start-up object, the modules, the libraries, the stubs that the .cmxa files and the
// user asked for, and the runtime. So nothing has to be guessed from .cmxa files, and every version of OCaml
// tells it the same way.

#include <functional>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

struct LinkInput {
  enum class Kind {
    object,   ///< linked whole
    archive,  ///< its members are linked where they are needed
    library,  ///< -lNAME that was found nowhere as a static library; `path` is NAME
  };
  Kind kind = Kind::object;
  fs::path path;
  bool whole = false;  ///< between --whole-archive and --no-whole-archive
};

struct LinkLine {
  fs::path output;
  bool compiles = false;  ///< -c, -S or -E: not a link, but the compilation of a C file
  std::vector<LinkInput> inputs;
  std::vector<std::string> linker_flags;  ///< of -Wl, and -u: those that change what the program means
  std::vector<std::string> ignored;       ///< flags that mean nothing for our link
};

/// Where the file of `-lNAME` is: the first of the folders that has it, or empty. Replaced in tests.
using FindLibrary = std::function<fs::path(const std::string& name, const std::vector<fs::path>& folders)>;

/// The first `folder/libNAME.a` that exists; empty when none does.
fs::path find_static_library(const std::string& name, const std::vector<fs::path>& folders);

/// Whether a library is part of our libc, so that asking for it asks for nothing: m, pthread, dl, ...
bool is_part_of_libc(const std::string& name);

/// Takes the arguments (without the program's name) apart. `@FILE` arguments are read.
/// Errors: a shared object or a C++ library among the inputs, an unreadable `@FILE`.
Result<LinkLine> parse_link_line(const std::vector<std::string>& arguments,
                                 const FindLibrary& find = find_static_library);

}  // namespace bactrian
