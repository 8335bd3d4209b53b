// SPDX-License-Identifier: ISC
#pragma once

// From PROGRAM to something that runs: the seam between the commands and the builder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

enum class Arch { x86_64, aarch64, riscv64 };
enum class Target { bare, hosted };

inline constexpr Arch all_archs[] = {Arch::x86_64, Arch::aarch64, Arch::riscv64};

std::string_view arch_name(Arch arch);
std::string_view target_name(Target target);
/// Errors: not one of the names; the nearest is suggested.
Result<Arch> parse_arch(std::string_view name);

struct BuildRequest {
  /// A .ml file, a folder with a dune project of one executable, FOLDER/NAME.exe for one of several, or an
  /// image that was built before (its own architecture and target then count).
  fs::path program;
  Arch arch = Arch::x86_64;
  Target target = Target::bare;
  std::optional<fs::path> compiler = {};   ///< an ocamlopt, or the prefix or bin folder that holds one
  std::vector<std::string> packages = {};  ///< for a .ml file: packages that ocamlfind knows
  bool verbose = false;                    ///< show the commands that run
  bool debug = false;                      ///< nucleus with its checks (lock ranks, ...) on
};

struct BuiltImage {
  fs::path elf;     ///< bare: the linked ELF with symbols; hosted: the executable
  fs::path kernel;  ///< bare: what QEMU's -kernel takes (the ELF, or on aarch64 the Linux Image made of it)
  Arch arch = Arch::x86_64;
  Target target = Target::bare;
  /// Extensions that the code may use, with QEMU's names ("bmi1", "avx2"), for the choice of a processor.
  std::vector<std::string> cpu_features = {};
};

/// Builds the program, or finds it built. A compiler's messages go to stderr as they come. Errors: no such
/// file, not OCaml, no or several executables in the project, an unfit compiler, a program that does not
/// compile, a name that our libc lacks, interrupted.
Result<BuiltImage> build_program(const BuildRequest& request);

/// What a compiler check found: one line a fact.
struct CompilerReport {
  bool fits = false;
  std::vector<std::string> facts;     ///< "version: 5.4.1", ...
  std::vector<std::string> problems;  ///< why it does not fit, each with its remedy
};

/// Whether a compiler can be used, for `doctor --compiler`.
Result<CompilerReport> inspect_compiler(const fs::path& compiler);

}  // namespace bactrian
