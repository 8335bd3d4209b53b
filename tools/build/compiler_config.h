// SPDX-License-Identifier: ISC
#pragma once

// What `ocamlopt -config` tells of a compiler, and whether programs made by it can run without an operating
// system.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "build/build.h"

namespace bactrian {

class CompilerConfig {
 public:
  /// Reads lines "NAME: VALUE". Errors: no `version` or no `architecture` among them.
  static Result<CompilerConfig> parse(std::string_view text);

  /// The value of a field; "" when this compiler does not have it.
  std::string field(const std::string& name) const;
  bool flag(const std::string& name) const { return field(name) == "true"; }

  std::string version() const { return field("version"); }
  /// Major and minor version; (0, 0) when it cannot be read.
  std::pair<unsigned, unsigned> release() const;
  bool is_oxcaml() const;
  /// The folder of the standard library.
  std::string standard_library() const;

 private:
  std::map<std::string, std::string> fields_;
};

/// The name that OCaml gives to an architecture: amd64, arm64, riscv.
std::string_view ocaml_architecture(Arch arch);

/// Judges the configuration alone, for programs on `arch`.
CompilerReport judge(const CompilerConfig& config, Arch arch);

}  // namespace bactrian
