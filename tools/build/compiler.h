// SPDX-License-Identifier: ISC
#pragma once

// The OCaml compiler that a program is built with: the user's own, or a private one.

#include <string>
#include <vector>

#include "build/build.h"
#include "build/compiler_config.h"
#include "support/process.h"

namespace bactrian {

struct Compiler {
  fs::path ocamlopt;  ///< absolute, as the user knows it
  CompilerConfig config;
  std::string key;                 ///< changes when the compiler, its runtime or its standard library does
  bool compiled_for_glibc = true;  ///< its objects want glibc's names (libgcompat); else they are musl's

  fs::path folder() const { return ocamlopt.parent_path(); }
  /// A program of the same installation: beside ocamlopt, else in PATH; empty when there is none.
  fs::path tool(std::string_view name) const;
  /// "OCaml 5.4.1 (/usr/bin/ocamlopt)"
  std::string name() const;
  /// PATH with the compiler's own folder first.
  std::pair<std::string, std::string> search_path() const;
};

/// The ocamlopt that a person means by `--compiler`: the file itself, or the one in a folder, its bin/ or its
/// _opam/bin/. Errors: there is none.
Result<fs::path> locate_ocamlopt(const fs::path& named);

/// Asks a compiler for its configuration. Errors: it does not run, or is no ocamlopt.
Result<Compiler> load_compiler(const fs::path& ocamlopt);

/// The compiler for a request. `--compiler` must fit; else the one in PATH where it fits (x86_64), else a
/// private one.
Result<Compiler> choose_compiler(const BuildRequest& request);

}  // namespace bactrian
