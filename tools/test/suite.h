// SPDX-License-Identifier: ISC
#pragma once

// The suites that boot programs, as `bactrian test` sees them.
//
// A suite finds its cases, builds and runs them, and reports each once, as soon as it is known. It prints
// nothing itself; `test` filters, counts and prints.

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "build/build.h"
#include "support/result.h"

namespace bactrian {

enum class Verdict { passed, failed, skipped };

struct TestOutcome {
  std::string name;  ///< "system/threads x86_64", "ocaml/basic/arrays x86_64"
  Verdict verdict = Verdict::passed;
  std::chrono::nanoseconds duration{};  ///< of a group of programs in one boot: its share
  std::string detail = {};              ///< why it failed or was skipped; may be many lines
};

struct SuiteOptions {
  bool full = false;
  bool verbose = false;
  std::vector<std::string> filters = {};  ///< a case runs when its name holds one of them; empty: all
  std::optional<Arch> arch = {};          ///< only this architecture's; none: all that the suite covers
  unsigned jobs = 1;                      ///< machines at once
  unsigned soak = 0;                      ///< boots of the soak suite for each architecture
  unsigned shard = 1, shards = 1;         ///< the shard-th of shards equal parts, from 1
  std::set<std::string> finished = {};    ///< names that a resumed run has behind it: not run again
};

/// Called from the suite's threads, one call at a time.
using TestReport = std::function<void(const TestOutcome&)>;

/// tests/system: our own programs, bare on each architecture and hosted, against what they must print.
/// Errors: the suite itself could not run (no such folder, no compiler, interrupted).
Result<void> run_system_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_system_suite(const SuiteOptions& options);

/// tests/ocaml: the OCaml source's own tests; a fast part of them unless options.full.
Result<void> run_ocaml_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_ocaml_suite(const SuiteOptions& options);

/// tests/machines: one program on all kinds of machines; those of the table that are for every run, unless
/// options.full. soak: the same on the usual machine with 2 CPUs, options.soak times for each architecture,
/// while threads beside it keep the processors busy. A boot that goes wrong leaves its streams in the cache.
Result<void> run_machine_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_machine_suite(const SuiteOptions& options);
Result<void> run_soak_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_soak_suite(const SuiteOptions& options);

/// What needs no machine. unit: the tool's own tests; nucleus-host: the nucleus' core on the host
/// architecture; redoxfs: the file system's library; fuzz: the decoders of what comes from outside, on
/// kept inputs; these under sanitizers; lib: the OCaml libraries of lib/; cli: the scripts of tests/cli,
/// which use the tool as people do. Each test is run by itself, a build that fails is a failed test.
Result<void> run_unit_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_unit_suite(const SuiteOptions& options);
Result<void> run_nucleus_host_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_nucleus_host_suite(const SuiteOptions& options);
Result<void> run_redoxfs_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_redoxfs_suite(const SuiteOptions& options);
Result<void> run_fuzz_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_fuzz_suite(const SuiteOptions& options);
Result<void> run_lib_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_lib_suite(const SuiteOptions& options);
Result<void> run_cli_suite(const SuiteOptions& options, const TestReport& report);
Result<std::vector<std::string>> list_cli_suite(const SuiteOptions& options);

/// Whether a case named `name` is wanted: by the filters only (the shard is a matter of the whole list).
bool wanted(const SuiteOptions& options, const std::string& name);

}  // namespace bactrian
