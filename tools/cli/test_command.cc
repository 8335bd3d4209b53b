// SPDX-License-Identifier: ISC
#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <thread>

#include "cli/options.h"
#include "support/packages.h"
#include "support/signals.h"
#include "support/terminal.h"
#include "test/printer.h"
#include "test/resume.h"
#include "test/select.h"
#include "test/suite.h"

namespace bactrian {

namespace {

struct Suite {
  const char* name;  ///< its tests' names start with it and '/'
  Result<void> (*run)(const SuiteOptions&, const TestReport&);
  Result<std::vector<std::string>> (*list)(const SuiteOptions&);
  bool boots;  ///< it needs machines: all that belongs to --arch
};

/// In the order in which they run: what is quick and what others build on comes first.
constexpr Suite suites[] = {
    {"unit", run_unit_suite, list_unit_suite, false},
    {"nucleus-host", run_nucleus_host_suite, list_nucleus_host_suite, false},
    {"redoxfs", run_redoxfs_suite, list_redoxfs_suite, false},
    {"fuzz", run_fuzz_suite, list_fuzz_suite, false},
    {"lib", run_lib_suite, list_lib_suite, false},
    {"cli", run_cli_suite, list_cli_suite, false},
    {"system", run_system_suite, list_system_suite, true},
    {"machines", run_machine_suite, list_machine_suite, true},
    {"ocaml", run_ocaml_suite, list_ocaml_suite, true},
    {"soak", run_soak_suite, list_soak_suite, true},
};

SuiteOptions suite_options(const TestOptions& options) {
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  return {.full = options.full,
          .verbose = options.verbose,
          .filters = options.filters,
          .arch = options.arch,
          .jobs = options.jobs > 0 ? options.jobs : processors,
          .soak = options.soak,
          .shard = options.shard,
          .shards = options.shards};
}

bool takes_part(const Suite& suite, const TestOptions& options) {
  // --soak is a run of its own.
  if ((options.soak > 0) != (suite.run == run_soak_suite)) return false;
  // --arch asks for one machine's tests: those that need none are left to the other runs.
  constexpr auto names = [] {
    std::array<std::string_view, std::size(suites)> all;
    std::ranges::transform(suites, all.begin(), &Suite::name);
    return all;
  }();
  return reaches(options.filters, suite.name, names) && (suite.boots || !options.arch);
}

Result<void> ensure_test_packages(const TestOptions& options) {
  std::vector<std::string> sets = {"test", "gdb", "fs", "test-fs"};
  for (const Arch arch : all_archs) {
    if (options.arch && *options.arch != arch) continue;
    sets.push_back("build-" + std::string(arch_name(arch)));
    sets.push_back("run-" + std::string(arch_name(arch)));
  }
  return ensure_packages(sets);
}

Result<int> list(const TestOptions& options) {
  for (const auto& suite : suites) {
    if (!takes_part(suite, options)) continue;
    for (const auto& name : TRY(suite.list(suite_options(options)))) std::printf("%s\n", name.c_str());
  }
  return static_cast<int>(ExitStatus::ok);
}

Result<int> run_tests(const TestOptions& options) {
  TRY(ensure_test_packages(options));
  if (options.list) return list(options);
  SuiteOptions chosen = suite_options(options);
  TestPrinter printer(options.json ? TestPrinter::Form::json : TestPrinter::Form::text, options.verbose);
  std::optional<PassedTests> passed;
  if (options.full || options.soak > 0) {
    passed.emplace(TRY(PassedTests::load(options.shard, options.shards)));
    chosen.finished = passed->names();
    printer.score_ocaml();
    // Of the suites that take part only: another filter may have run others.
    std::vector<std::string> behind;
    for (const auto& name : passed->names()) {
      const bool here = std::any_of(std::begin(suites), std::end(suites), [&](const Suite& suite) {
        return takes_part(suite, options) && name.starts_with(std::string(suite.name) + "/");
      });
      const bool machine = !options.arch || name.ends_with(" " + std::string(arch_name(*options.arch))) ||
                           (*options.arch == Arch::x86_64 && name.ends_with(" hosted"));
      if (here && machine && wanted(chosen, name)) behind.push_back(name);
    }
    printer.resumed(behind);
  }
  const TestReport report = [&](const TestOutcome& outcome) {
    printer.outcome(outcome);
    if (passed && outcome.verdict == Verdict::passed) passed->add(outcome.name);
  };
  for (const auto& suite : suites) {
    if (!takes_part(suite, options)) continue;
    const auto result = suite.run(chosen, report);
    if (interrupted()) {
      printer.close();
      return interrupted_error();
    }
    if (!result.ok()) printer.suite_failed(suite.name, result.error());
  }
  return printer.close();
}

}  // namespace

int command_test(const TestOptions& options) {
  const auto status = run_tests(options);
  if (status.ok()) return status.value();
  print_error(status.error());
  return status.error().status;
}

}  // namespace bactrian
