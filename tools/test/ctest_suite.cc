// SPDX-License-Identifier: ISC
//
// Suites that are CMake projects with CTest tests: built with sanitizers into the cache, then run test by
// test, so that each has its own verdict and its own time limit.

#include <nlohmann/json.hpp>

#include "support/cache.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/root.h"
#include "support/signals.h"
#include "support/terminal.h"
#include "support/text.h"
#include "test/check_program.h"
#include "test/fake_guest.h"
#include "test/select.h"
#include "test/suite.h"
#include "test/workers.h"

namespace bactrian {

namespace {

using nlohmann::json;

constexpr std::chrono::seconds test_limit{300};            // a hang detector
constexpr std::chrono::seconds full_test_limit{4 * 3600};  // random tests go on for long then

struct CtestSuite {
  std::string name;                ///< "unit": the start of each test's name
  fs::path source;                 ///< below the checkout
  std::vector<std::string> flags;  ///< for cmake
};

const CtestSuite unit_suite{"unit", "tools", {"-DBACTRIAN_TESTS=ON"}};
const CtestSuite nucleus_host_suite{"nucleus-host", "nucleus/tests", {}};
const CtestSuite redoxfs_suite{"redoxfs", "redoxfs/tests", {}};
const CtestSuite fuzz_suite{"fuzz", "fuzz", {}};

struct CtestCase {
  std::string name;
  std::vector<std::string> command;
  fs::path folder;
};

/// One build folder per checkout, kept between runs: ninja rebuilds what changed.
fs::path build_folder(const CtestSuite& suite) {
  return cache_root() / "tests" / (suite.name + "-" + sha256(project_root().string()).substr(0, 16));
}

/// "[12/60]" of ninja's last line; only where a line can be rewritten.
void show_step(Progress& progress, std::string_view text) {
  const size_t start = text.rfind('[');
  const size_t end = text.find(']', start == text.npos ? 0 : start);
  if (is_terminal(stderr) && start != text.npos && end != text.npos)
    progress.update(text.substr(start, end + 1 - start));
}

Result<void> build(const CtestSuite& suite, const fs::path& folder, const std::string& target = "all") {
  Progress progress("building the " + suite.name + " tests");
  progress.update("");
  if (!fs::exists(folder / "build.ninja")) {
    std::vector<std::string> configure = {
        "cmake", "-G", "Ninja", "-S", (project_root() / suite.source).string(), "-B", folder.string()};
    configure.insert(configure.end(), suite.flags.begin(), suite.flags.end());
    TRY(run_checked({.argv = configure, .out = Stream::pipe, .err = Stream::pipe},
                    "configuring " + suite.name));
  }
  // What fails to compile is in ninja's stdout.
  TRY(run_checked({.argv = {"ninja", "-C", folder.string(), target}, .out = Stream::pipe, .err_to_out = true},
                  "building " + suite.name, [&](std::string_view text) { show_step(progress, text); }));
  return {};
}

Result<std::vector<CtestCase>> cases(const CtestSuite& suite, const fs::path& folder) {
  const auto listed =
      TRY(run_checked({.argv = {"ctest", "--test-dir", folder.string(), "--show-only=json-v1"},
                       .out = Stream::pipe,
                       .err = Stream::pipe},
                      "listing " + suite.name));
  const json list = json::parse(listed.out, nullptr, false);
  std::vector<CtestCase> result;
  if (!list.is_object()) return Error{.message = "ctest's list of the " + suite.name + " tests is not JSON"};
  for (const auto& test : list.value("tests", json::array())) {
    CtestCase item{suite.name + "/" + test.value("name", ""), {}, folder};
    for (const auto& word : test.value("command", json::array()))
      item.command.push_back(word.get<std::string>());
    for (const auto& property : test.value("properties", json::array()))
      if (property.value("name", "") == "WORKING_DIRECTORY")
        item.folder = property.value("value", folder.string());
    if (!item.command.empty()) result.push_back(std::move(item));
  }
  return result;
}

Result<void> run_case(const CtestCase& test, const SuiteOptions& options, SharedReport& report) {
  Command command{.argv = test.command, .folder = test.folder};
  if (options.full) command.env.emplace_back("BACTRIAN_TEST_FULL", "1");
  report(TRY(check_program(test.name, command, options.full ? full_test_limit : test_limit)));
  return {};
}

/// The suite built, and its cases; a build that fails is reported as a failed test, and there are none.
Result<std::vector<CtestCase>> load(const CtestSuite& suite, const TestReport& report) {
  const fs::path folder = build_folder(suite);
  const auto lock = TRY(FileLock::take(folder.string() + ".lock", "the " + suite.name + " tests"));
  const auto built = build(suite, folder);
  if (built.ok()) return cases(suite, folder);
  if (interrupted()) return interrupted_error();
  report({.name = suite.name + "/build", .verdict = Verdict::failed, .detail = built.error().message});
  return std::vector<CtestCase>{};
}

Result<void> run_suite(const CtestSuite& suite, const SuiteOptions& options, const TestReport& report) {
  const auto all = TRY(load(suite, report));
  SharedReport shared(report);
  Selection selection(options);
  std::vector<Job> jobs;
  for (const auto& test : all)
    if (selection.takes(test.name))
      jobs.push_back([&test, &options, &shared] { return run_case(test, options, shared); });
  return run_jobs(jobs, options.jobs);
}

Result<std::vector<std::string>> list_suite(const CtestSuite& suite, const SuiteOptions& options) {
  std::vector<std::string> names;
  Selection selection(options);
  for (const auto& test : TRY(load(suite, [](const TestOutcome& failed) { note(failed.detail); })))
    if (selection.takes(test.name)) names.push_back(test.name);
  return names;
}

}  // namespace

Result<fs::path> build_fake_guest() {
  const fs::path folder = build_folder(unit_suite);
  const auto lock = TRY(FileLock::take(folder.string() + ".lock", "the unit tests"));
  TRY(build(unit_suite, folder, "fake-guest"));
  return folder / "fake-guest";
}

Result<void> run_unit_suite(const SuiteOptions& options, const TestReport& report) {
  return run_suite(unit_suite, options, report);
}
Result<std::vector<std::string>> list_unit_suite(const SuiteOptions& options) {
  return list_suite(unit_suite, options);
}
Result<void> run_nucleus_host_suite(const SuiteOptions& options, const TestReport& report) {
  return run_suite(nucleus_host_suite, options, report);
}
Result<std::vector<std::string>> list_nucleus_host_suite(const SuiteOptions& options) {
  return list_suite(nucleus_host_suite, options);
}
Result<void> run_redoxfs_suite(const SuiteOptions& options, const TestReport& report) {
  return run_suite(redoxfs_suite, options, report);
}
Result<std::vector<std::string>> list_redoxfs_suite(const SuiteOptions& options) {
  return list_suite(redoxfs_suite, options);
}
Result<void> run_fuzz_suite(const SuiteOptions& options, const TestReport& report) {
  return run_suite(fuzz_suite, options, report);
}
Result<std::vector<std::string>> list_fuzz_suite(const SuiteOptions& options) {
  return list_suite(fuzz_suite, options);
}

}  // namespace bactrian
