// SPDX-License-Identifier: ISC
#pragma once

// The OCaml compiler that a program is built with: the user's own, or a private one.

#include <optional>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/compiler_config.h"
#include "support/process.h"

namespace bactrian {

/// A cross compiler is a findlib toolchain: NAME-ocamlopt and so on make code for the target, and an OCaml of
/// the same version makes the programs that run during the build (code generators, ppx rewriters).
struct FindlibToolchain {
  std::string name;              ///< for `ocamlfind -toolchain` and `dune build -x`: "aarch64_bactrian"
  fs::path host;                 ///< the folder of the programs of the OCaml for the machine that builds
  bool host_is_private = false;  ///< the one that the cross compiler came with, not one in PATH
};

struct Compiler {
  fs::path ocamlopt;  ///< absolute, as the user knows it
  CompilerConfig config;
  std::string key;                 ///< changes when the compiler, its runtime or its standard library does
  bool compiled_for_glibc = true;  ///< its objects want glibc's names (libgcompat); else they are musl's
  std::optional<FindlibToolchain> toolchain = {};  ///< of a cross compiler called TOOLCHAIN-ocamlopt

  fs::path folder() const { return ocamlopt.parent_path(); }
  /// A program of the same installation: beside ocamlopt (a cross compiler's: with the toolchain's name, else
  /// its host's), else in PATH; empty when there is none.
  fs::path tool(std::string_view name) const;
  /// "OCaml 5.4.1 (/usr/bin/ocamlopt)"
  std::string name() const;
  /// PATH with the compiler's own folder first, then its host's.
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
