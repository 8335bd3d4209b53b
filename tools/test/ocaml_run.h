// SPDX-License-Identifier: ISC
#pragma once

// One program of an OCaml test, run and judged as its header says.

#include <string>
#include <vector>

#include "support/result.h"
#include "test/ocaml_cases.h"
#include "test/ocaml_program.h"

namespace bactrian {

/// What the reference of a program says that it prints.
Result<std::string> expected_output(const OcamltestProgram& program);

/// How a program is run: on the machine that its image is for, or in user mode, from its hosted build.
enum class OcamlRun { plain, as_process };

/// The image of the program that runs others as processes (examples/process), made once.
Result<fs::path> tender(Arch arch);

/// Runs an image that programs share (ocaml_share.h): all that they print.
Result<std::string> run_shared(const BuiltImage& image, OcamlRun how);

/// Runs the program alone, from the image. Empty when it does what is expected; otherwise what it does, for
/// a person. A script beside the test that stands for the run (NAME.run) or for the comparison
/// (NAME.check-program-output) is carried out here, with the machine as its program.
/// `files` are for the program, as --file says it.
Result<std::string> run_and_judge(const OcamlCase& test, const OcamltestProgram& program,
                                  const BuiltImage& image, OcamlRun how,
                                  const std::vector<std::string>& files = {});

}  // namespace bactrian
