// SPDX-License-Identifier: ISC
#pragma once

// One program of an OCaml test, run and judged as its header says.

#include <string>

#include "support/result.h"
#include "test/ocaml_cases.h"
#include "test/ocaml_program.h"

namespace bactrian {

/// What the reference of a program says that it prints.
Result<std::string> expected_output(const OcamltestProgram& program);

/// Runs an image that programs share (ocaml_share.h): all that they print.
Result<std::string> run_shared(const BuiltImage& image);

/// Runs the program alone, from the image. Empty when it does what is expected; otherwise what it does, for
/// a person. A script beside the test that stands for the run (NAME.run) or for the comparison
/// (NAME.check-program-output) is carried out here, with the machine as its program.
Result<std::string> run_and_judge(const OcamlCase& test, const OcamltestProgram& program,
                                  const BuiltImage& image);

}  // namespace bactrian
