// SPDX-License-Identifier: ISC
#pragma once

// What `bactrian test` shows: a line a test, and at the end "N passed, N failed, N skipped".

#include <map>
#include <string>
#include <vector>

#include "support/terminal.h"
#include "test/suite.h"

namespace bactrian {

class TestPrinter {
 public:
  enum class Form {
    text,  ///< for people, on stdout
    json,  ///< an object a test on stdout, and one with the counts at the end
  };
  TestPrinter(Form form, bool verbose) : form_(form), verbose_(verbose), paint_(stdout) {}

  void outcome(const TestOutcome& outcome);
  /// A suite that could not run to its end: counts as a failed test.
  void suite_failed(const std::string& suite, const Error& error);
  /// Tests that an interrupted run had behind it.
  void resumed(const std::vector<std::string>& names);

  /// From now on the OCaml source's own tests are counted for each architecture, and close() tells
  /// "ocaml ARCH: PASSED/ALL" (of those that qualify; one that is known to fail has not passed).
  void score_ocaml() { scores_ocaml_ = true; }

  /// The failed ones once more with the end of what they said, the scores, then the closing line. Returns the
  /// exit status: failed tests, or none at all, are a failure.
  int close();

 private:
  struct Score {
    size_t passed = 0, all = 0;
  };

  void text(const TestOutcome& outcome);
  void count_ocaml(const std::string& name, bool passed);

  Form form_;
  bool verbose_;
  Paint paint_;
  size_t passed_ = 0, skipped_ = 0;
  std::vector<TestOutcome> failed_;
  bool scores_ocaml_ = false;
  std::map<std::string, Score> scores_;  ///< by architecture
};

}  // namespace bactrian
