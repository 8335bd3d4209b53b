// SPDX-License-Identifier: ISC
#pragma once

// Which of the OCaml source's tests may share an image, and how their outputs are told apart.
//
// The units of several programs are linked into one, each compiled as it would be alone, in an order that
// starts one program after another, with a unit between any two that flushes the channels and writes a mark.
// So a program may share an image when it ends by reaching its end and neither leaves something behind
// (threads, handlers, settings) nor asks who it is (arguments, memory figures). That is seen in its source,
// by the words that such a program has to use. A program that then fails in the image is judged by a run
// alone.

#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"
#include "test/ocaml_cases.h"

namespace bactrian {

/// Whether the programs of a test can share an image. Errors: a source that cannot be read.
Result<bool> may_share(const OcamlCase& test);

/// The program's compiled units ("arrays.cmx"), in link order.
std::vector<std::string> share_units(const OcamltestProgram& program);

/// The -I flags of a step: where its libraries are.
std::vector<std::string> share_folders(const OcamltestStep& step);

/// What two programs must have alike to share an image: the libraries.
std::string share_kind(const OcamltestProgram& program);

/// The source of the module that the marks between programs call.
std::string share_marks(const std::vector<std::string>& names);

struct SharedOutput {
  bool begun = false;
  bool ended = false;  ///< otherwise the image ended in it
  std::string out;
};

/// Cuts the output of an image at the marks; one element a program, in their order.
std::vector<SharedOutput> split_shared(size_t count, std::string_view out);

}  // namespace bactrian
