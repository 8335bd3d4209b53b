// SPDX-License-Identifier: ISC
#pragma once

// The tests of the OCaml source that we run, laid out so that `bactrian` can build them.

#include <string>
#include <vector>

#include "support/files.h"
#include "support/result.h"
#include "test/ocamltest.h"

namespace bactrian {

struct OcamlCase {
  std::string directory;  ///< "lib-threads"
  std::string name;       ///< "bank"
  fs::path source;        ///< in the OCaml source
  std::string expected;   ///< stdout and stderr together; empty where there is no reference
  bool exits = false;     ///< it calls `exit`, which would end an image that it shared
  bool sorted = false;    ///< the lines of the output are sorted before they are compared
  OcamlTest header;

  std::string full_name() const { return directory + "/" + name; }
};

/// Which directories of testsuite/tests we take, whole.
extern const std::vector<std::string> ocaml_directories;

/// All cases of ocaml_directories, those without a native program too (header.not_run says why).
Result<std::vector<OcamlCase>> load_ocaml_cases(const fs::path& ocaml_source);

/// Whether it can be one of several programs in an image: one plain file that ends by itself.
bool can_share_image(const OcamlCase& test);

/// Lays the case out in `folder` and returns what `bactrian build` takes: a .ml file or a dune project.
Result<fs::path> lay_out(const OcamlCase& test, const fs::path& folder);

/// A case that is known to fail: "DIRECTORY/NAME MACHINE" or "DIRECTORY/NAME", and why.
struct KnownFailure {
  std::string name, why;
};

/// tests/ocaml/known: lines "NAME: WHY"; # starts a comment.
Result<std::vector<KnownFailure>> load_known_failures(const fs::path& file);

}  // namespace bactrian
