// SPDX-License-Identifier: ISC
#pragma once

// The programs of the OCaml source's tests: built with a compiler of ours, as their headers say.

#include <string>
#include <vector>

#include "build/build.h"
#include "build/compiler.h"
#include "support/cache.h"
#include "support/result.h"
#include "test/ocaml_cases.h"

namespace bactrian {

class OcamlBuilder {
 public:
  /// `ocaml_source` is the unpacked, verified source (toolchain/provide sources ocaml).
  static Result<OcamlBuilder> create(const fs::path& ocaml_source, Arch arch);

  /// A test whose programs are compiled, each with its link record beside it.
  struct Built {
    std::vector<OcamltestProgram> programs;
  };
  /// Carries out the steps of all programs of the test, or finds them carried out. Errors: a step that ends
  /// otherwise than its header says, with what the tool printed.
  Result<Built> build(const OcamlCase& test) const;

  /// One link record for several programs (see ocaml_share.h), which run in this order in one image.
  Result<fs::path> link_together(const std::vector<const OcamltestProgram*>& programs,
                                 const std::vector<std::string>& names) const;

  /// The image of a link record.
  Result<BuiltImage> image(const fs::path& record, Target target) const;

 private:
  OcamlBuilder(Cache cache, Compiler compiler, fs::path ocaml_source, Arch arch)
      : cache_(std::move(cache)),
        compiler_(std::move(compiler)),
        ocaml_source_(std::move(ocaml_source)),
        arch_(arch) {}

  Result<void> provide_libraries();
  Result<void> make_library(const fs::path& from, const std::string& name,
                            const std::vector<std::string>& archive_flags, const fs::path& folder) const;
  bool has_library(const std::string& name) const;
  Result<void> carry_out(const OcamltestStep& step, const OcamlCase& test) const;
  Result<void> compile(const OcamltestStep& step) const;
  Result<void> copy_files(const OcamltestStep& step, const OcamlCase& test) const;
  std::vector<std::string> words_for_tool(const OcamltestStep& step) const;
  Result<std::vector<std::string>> generated(const OcamltestStep& step) const;
  Result<Finished> run_tool(std::vector<std::string> argv, const fs::path& folder) const;
  std::string key() const;

  Cache cache_;
  Compiler compiler_;
  fs::path ocaml_source_;
  Arch arch_;
  fs::path libraries_;  ///< testsuite/lib, compiled, and libraries that the compiler lacks
};

}  // namespace bactrian
