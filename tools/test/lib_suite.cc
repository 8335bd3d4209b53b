// SPDX-License-Identifier: ISC
//
// The lib suite: the tests of the libraries in lib/, on this machine. Each executable in a folder called
// `test` is one; it passes with status 0. Many of them run bare too, by a case of tests/system.

#include "build/components.h"
#include "build/dune_project.h"
#include "support/cache.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/root.h"
#include "support/signals.h"
#include "support/terminal.h"
#include "test/check_program.h"
#include "test/compare.h"
#include "test/select.h"
#include "test/suite.h"
#include "test/workers.h"

namespace bactrian {

namespace {

constexpr std::chrono::seconds test_limit{900};  // a hang detector

struct Program {
  std::string name;     ///< "lib/picox/laws"
  fs::path executable;  ///< relative to lib/
};

Result<std::vector<Program>> select(const SuiteOptions& options) {
  std::vector<Program> result;
  Selection selection(options);
  for (const auto& executable : TRY(find_executables(project_root() / "lib"))) {
    const fs::path folder = executable.parent_path();
    if (folder.filename() != "test") continue;
    Program program{("lib" / folder.parent_path() / executable.stem()).string(), executable};
    if (selection.takes(program.name)) result.push_back(std::move(program));
  }
  return result;
}

/// One build folder per checkout, kept between runs: dune rebuilds what changed.
fs::path build_folder() {
  return cache_root() / "tests" / ("lib-" + sha256(project_root().string()).substr(0, 16));
}

/// Builds the programs with the private OCaml: dune's and the compiler's messages where they do not build.
Result<std::string> build(const std::vector<Program>& programs) {
  const fs::path compiler = TRY(provide_component({"ocaml"})) / "bin";
  const auto lock = TRY(FileLock::take(build_folder().string() + ".lock", "the tests of lib/"));
  Progress progress("building the lib tests");
  progress.update("");
  std::vector<std::string> argv = {
      compiler / "dune", "build",        "--root",          project_root() / "lib",
      "--build-dir",     build_folder(), "--display=quiet", "--no-print-directory"};
  for (const auto& program : programs) argv.push_back(program.executable);
  const char* path = std::getenv("PATH");
  const auto finished = TRY(run({.argv = argv,
                                 .env = {{"PATH", compiler.string() + ":" + (path != nullptr ? path : "")}},
                                 .out = Stream::pipe,
                                 .err_to_out = true}));
  return finished.status == 0 ? std::string() : "the tests do not build\n" + tail(finished.out, 40);
}

Result<void> run_program(const Program& program, SharedReport& report) {
  const fs::path executable = build_folder() / "default" / program.executable;
  report(TRY(check_program(program.name, {.argv = {executable.string()}}, test_limit)));
  return {};
}

}  // namespace

Result<void> run_lib_suite(const SuiteOptions& options, const TestReport& report) {
  const auto programs = TRY(select(options));
  if (programs.empty()) return {};
  const std::string problem = TRY(build(programs));
  if (!problem.empty()) {
    if (interrupted()) return interrupted_error();
    report({.name = "lib/build", .verdict = Verdict::failed, .detail = problem});
    return {};
  }
  SharedReport shared(report);
  std::vector<Job> jobs;
  for (const auto& program : programs)
    jobs.push_back([&program, &shared] { return run_program(program, shared); });
  return run_jobs(jobs, options.jobs);
}

Result<std::vector<std::string>> list_lib_suite(const SuiteOptions& options) {
  std::vector<std::string> names;
  for (const auto& program : TRY(select(options))) names.push_back(program.name);
  return names;
}

}  // namespace bactrian
