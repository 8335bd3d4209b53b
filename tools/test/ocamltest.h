// SPDX-License-Identifier: ISC
#pragma once

// What a test of the OCaml source asks for, as far as a native program is built and run.
//
// The header ("(* TEST ... *)") is carried out as the OCaml source's tool ocamltest would on a Linux machine
// whose compiler was configured with its defaults; but instead of doing the actions we write them down, so
// that the programs can be built with any compiler and run on any machine. The language is described in
// the OCaml source, ocamltest/OCAMLTEST.org.
//
// **Which tests qualify**: those for which a native program (made by ocamlopt) is run on at least one path
// through the header. A path ends where ocamltest would skip it on that Linux machine (`windows`, `flambda`,
// `tsan`, `arch_power`, `skip`, ...), and where it needs what only a build machine has: a shell script, a
// debugger, the toplevel, tools that take compiled files apart. A script that stands before all building asks
// a question and is answered.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "build/build.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// One thing to do before a program can run, in the order of the list.
struct OcamltestStep {
  enum class Kind {
    folder,   ///< make `folder`, with `files` of the test's own folder in it
    copy,     ///< copy `files` (in `folder`) to `target`
    compile,  ///< run `tool` in `folder`
  };
  Kind kind = Kind::compile;
  fs::path folder;
  std::vector<std::string> files = {};
  std::string target = {};                  ///< of Kind::copy
  std::string tool = {};                    ///< "ocamlopt" or "ocamlc"
  std::vector<std::string> flags = {};      ///< all words but those below
  std::vector<std::string> libraries = {};  ///< "unix", "threads", in link order
  std::vector<std::string> sources = {};    ///< .ml, .mli, .mll, .mly, .c, .cmx files, and flags among them
  std::string output = {};                  ///< the program; empty: only compile
  int status = 0;                           ///< what the tool is to end with
};

/// A run of a native program, and what has to be done for it.
struct OcamltestProgram {
  std::vector<OcamltestStep> steps;
  fs::path folder;   ///< where the build happens and the program runs
  std::string file;  ///< the program, as the last compile step calls it
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> data;  ///< what is in `folder` for the program to read
  fs::path stdin_file = {};       ///< empty: nothing to read
  int status = 0;
  bool checked = false;                            ///< the output is compared with the reference
  fs::path reference = {};                         ///< absent: there must be no output
  unsigned skip_lines = 0, skip_bytes = 0;         ///< not compared, of the output's start
  std::string stdout_file = {}, stderr_file = {};  ///< where the header sends them apart
};

struct OcamltestPlace {
  fs::path source;        ///< the test: .../testsuite/tests/basic/arrays.ml
  fs::path build_folder;  ///< where its folders are to be
  Arch arch = Arch::x86_64;
  /// Carries out a script by which a header asks about the machine before it builds anything ("has it a
  /// Fortran compiler?"); the answer is whether it ends with 0. None: scripts are refused.
  std::function<bool(const std::string& command)> answers_yes = {};
};

struct Ocamltest {
  std::vector<OcamltestProgram> programs;  ///< none: the test does not qualify
  std::string not_run = {};                ///< then why: "runs a shell script"
};

/// The folder in OcamltestStep::flags that stands for the tests' own library (testsuite/lib, compiled).
extern const std::string_view testing_folder;

/// Carries out the header of `text`, the content of place.source; none when it is no test. Errors: not of the
/// language.
Result<std::optional<Ocamltest>> read_ocamltest(std::string_view text, const OcamltestPlace& place);

/// The words of a value as ocamltest takes them apart: by spaces, with quotes of both kinds.
std::vector<std::string> ocamltest_words(std::string_view text);

}  // namespace bactrian
