// SPDX-License-Identifier: ISC
#pragma once

// The header of a test in the OCaml source ("(* TEST ... *)", read there by the tool ocamltest), as far as it
// says how a native program is built and run.

#include <string>
#include <string_view>
#include <vector>

namespace bactrian {

struct OcamlTest {
  std::vector<std::string> flags;         ///< for every compiler
  std::vector<std::string> native_flags;  ///< for ocamlopt alone
  std::vector<std::string> modules;       ///< further sources, .ml and .c, in order
  std::vector<std::string> includes;      ///< "unix", "systhreads", "testing"
  std::string runparam;                   ///< what OCAMLRUNPARAM is to be, or empty
  int exit_status = 0;
  /// Why there is no native program to run, or empty: "tests the compiler's messages (expect)".
  std::string not_run;
};

/// Reads the header out of the whole source of a test. A source without one is no test: see not_run.
OcamlTest parse_ocamltest(std::string_view source);

}  // namespace bactrian
