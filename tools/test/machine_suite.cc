// SPDX-License-Identifier: ISC
//
// tests/machines: one program, booted on many machines (machines), or many times on the usual one with load
// beside it (soak).

#include <algorithm>
#include <cstdio>
#include <map>
#include <stop_token>
#include <thread>

#include "support/cache.h"
#include "support/root.h"
#include "support/text.h"
#include "test/case.h"
#include "test/invoke.h"
#include "test/judge.h"
#include "test/machine_table.h"
#include "test/select.h"
#include "test/suite.h"
#include "test/workers.h"

namespace bactrian {
namespace {

fs::path suite_folder() {
  return project_root() / "tests" / "machines";
}

/// One boot.
struct Boot {
  std::string name;
  MachineEntry machine;
};

Result<std::vector<Boot>> select_machines(const SuiteOptions& options) {
  const fs::path table = suite_folder() / "machines";
  std::vector<Boot> boots;
  Selection selection(options);
  for (const auto& entry : TRY(parse_machines(TRY(read_file(table)), "tests/machines/machines"))) {
    if (!(entry.quick || options.full) || (options.arch && *options.arch != entry.arch)) continue;
    const std::string name = "machines/" + entry.name + "." + std::to_string(entry.cpus) + " " +
                             std::string(arch_name(entry.arch));
    if (selection.takes(name)) boots.push_back({name, entry});
  }
  return boots;
}

Result<std::vector<Boot>> select_soak(const SuiteOptions& options) {
  std::vector<Boot> boots;
  Selection selection(options);
  for (unsigned i = 1; i <= options.soak; ++i) {
    for (const Arch arch : all_archs) {
      if (options.arch && *options.arch != arch) continue;
      const std::string name = "soak/" + std::to_string(i) + " " + std::string(arch_name(arch));
      if (selection.takes(name)) boots.push_back({name, {.name = "usual", .arch = arch, .cpus = 2}});
    }
  }
  return boots;
}

/// Where the streams of a failed boot are kept.
Result<fs::path> keep_streams(const std::string& name, const Finished& finished) {
  std::string file = name;
  std::replace(file.begin(), file.end(), '/', '-');
  std::replace(file.begin(), file.end(), ' ', '-');
  const fs::path log = cache_root() / "tests" / "logs" / (file + ".log");
  TRY(write_file(log, "status " + std::to_string(finished.status) + "\n--- stdout:\n" + finished.out +
                          "\n--- stderr:\n" + finished.err));
  return log;
}

/// `program` is built already.
Result<void> run_boot(const Boot& boot, const fs::path& program, SharedReport& report) {
  const auto start = Clock::now();
  const MachineEntry& machine = boot.machine;
  const Finished finished = TRY(invoke({.program = program,
                                        .arch = machine.arch,
                                        .machine = machine.machine,
                                        .cpu = machine.cpu,
                                        .cpus = machine.cpus,
                                        .args = {std::to_string(machine.cpus)}}));
  std::string why = TRY(judge({.expected = "program.expected"}, finished, suite_folder()));
  if (!why.empty()) why += "all of it: " + TRY(keep_streams(boot.name, finished)).string() + "\n";
  report({boot.name, why.empty() ? Verdict::passed : Verdict::failed, Clock::now() - start, why});
  return {};
}

/// The image of the suite's program. Errors: what the build said.
Result<fs::path> build_program(Arch arch) {
  const fs::path source = suite_folder() / "program.ml";
  const Finished built = TRY(invoke_build({.program = source, .arch = arch}));
  if (built.status != 0) return Error{.message = "cannot be built:\n" + built.err, .where = source.string()};
  return fs::path(trim(built.out));
}

/// Runs the boots, after the program is built once for each architecture.
Result<void> run_boots(const std::vector<Boot>& boots, unsigned at_once, const TestReport& report) {
  std::map<Arch, fs::path> programs;
  for (const Boot& boot : boots) {
    const Arch arch = boot.machine.arch;
    if (!programs.contains(arch)) programs[arch] = TRY(build_program(arch));
  }
  SharedReport shared(report);
  std::vector<Job> jobs;
  for (const Boot& boot : boots)
    jobs.push_back([&boot, &program = programs.at(boot.machine.arch), &shared] {
      return run_boot(boot, program, shared);
    });
  return run_jobs(jobs, at_once);
}

/// A thread for each processor that does nothing but take time from the machines.
class Load {
 public:
  Load() {
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
      threads_.emplace_back([](const std::stop_token& stop) {
        while (!stop.stop_requested()) continue;
      });
  }

 private:
  std::vector<std::jthread> threads_;
};

std::vector<std::string> names_of(const std::vector<Boot>& boots) {
  std::vector<std::string> names;
  for (const auto& boot : boots) names.push_back(boot.name);
  return names;
}

}  // namespace

Result<std::vector<std::string>> list_machine_suite(const SuiteOptions& options) {
  return names_of(TRY(select_machines(options)));
}

Result<void> run_machine_suite(const SuiteOptions& options, const TestReport& report) {
  return run_boots(TRY(select_machines(options)), options.jobs, report);
}

Result<std::vector<std::string>> list_soak_suite(const SuiteOptions& options) {
  return names_of(TRY(select_soak(options)));
}

Result<void> run_soak_suite(const SuiteOptions& options, const TestReport& report) {
  const auto boots = TRY(select_soak(options));
  if (boots.empty()) return {};
  const Load load;
  return run_boots(boots, options.jobs, report);
}

}  // namespace bactrian
