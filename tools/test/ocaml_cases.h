// SPDX-License-Identifier: ISC
#pragma once

// The tests of the OCaml source: which there are, and which are known to fail.

#include <optional>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/result.h"
#include "test/ocamltest.h"

namespace bactrian {

/// A test that qualifies (see ocamltest.h) on one architecture.
struct OcamlCase {
  std::string name;  ///< "lib-threads/bank": its place below testsuite/tests, without suffix
  fs::path source;
  Arch arch = Arch::x86_64;
};

/// What the header of a test asks for, its folders in `build_folder`; none when it is no test.
Result<std::optional<Ocamltest>> read_case(const fs::path& source, Arch arch, const fs::path& build_folder);

/// All tests below testsuite/tests of the OCaml source that qualify, by name.
/// Errors: a folder or file that cannot be read. A header that is not of the language is no test.
Result<std::vector<OcamlCase>> load_ocaml_cases(const fs::path& ocaml_source, Arch arch);

/// A test that is known to fail: "DIRECTORY/NAME ARCH", or "DIRECTORY/NAME" for all, and why.
struct KnownFailure {
  std::string name, why;
};

/// tests/ocaml/known: lines "NAME: WHY"; # starts a comment.
Result<std::vector<KnownFailure>> load_known_failures(const fs::path& file);

}  // namespace bactrian
