// SPDX-License-Identifier: ISC
//
// tests/system: each program on each machine it is for: bare on three architectures, with the nucleus of a
// debug build, and hosted.

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "support/cache.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/root.h"
#include "support/terminal.h"
#include "test/case.h"
#include "test/compare.h"
#include "test/group.h"
#include "test/invoke.h"
#include "test/judge.h"
#include "test/select.h"
#include "test/suite.h"
#include "test/workers.h"

namespace bactrian {
namespace {

/// Where a case runs.
struct Machine {
  std::string name;  ///< "x86_64", ..., "x86_64-debug", ..., "hosted"
  Arch arch;
  Target target;
  bool debug = false;
};

/// The architecture whose turn it is to be tested in a debug build: chosen by the commit, so that a run can
/// be repeated.
Arch debug_turn() {
  const auto commit = run({.argv = {"git", "rev-parse", "--short=8", "HEAD"},
                           .folder = project_root(),
                           .out = Stream::pipe,
                           .err = Stream::null});
  if (!commit.ok() || commit.value().status != 0) return all_archs[0];  // no checkout of git's
  return all_archs[std::strtoul(commit.value().out.c_str(), nullptr, 16) % std::size(all_archs)];
}

std::vector<Arch> debug_archs(const SuiteOptions& options) {
  if (options.full) return {std::begin(all_archs), std::end(all_archs)};
  return {debug_turn()};
}

std::vector<Machine> machines(const SuiteOptions& options) {
  std::vector<Machine> result;
  for (Arch arch : all_archs) {
    if (!options.arch || *options.arch == arch) {
      result.push_back({std::string(arch_name(arch)), arch, Target::bare});
    }
  }
  for (Arch arch : debug_archs(options)) {
    if (!options.arch || *options.arch == arch)
      result.push_back({std::string(arch_name(arch)) + "-debug", arch, Target::bare, true});
  }
  // The hosted target is the oracle for the same objects, so it belongs to the build machine's architecture.
  if (!options.arch || *options.arch == Arch::x86_64)
    result.push_back({"hosted", Arch::x86_64, Target::hosted});
  return result;
}

fs::path suite_folder() {
  return project_root() / "tests" / "system";
}

/// One run of one case on one machine; `shared` ones go into groups.
struct Item {
  std::string name;
  const SystemCase* test;
  const CaseRun* run;
  Machine machine;
};

std::string item_name(const SystemCase& test, size_t run, const Machine& machine) {
  std::string number = test.runs.size() > 1 ? "." + std::to_string(run + 1) : "";
  return "system/" + test.name + number + " " + machine.name;
}

/// Whether a case runs there at all. Unless all is tested, debug builds get only what shares an image, and
/// what is about them.
bool belongs_to(const SystemCase& test, const Machine& machine, bool full) {
  if (!machine.debug) return test.runs_on(machine.name);
  const bool own = test.only.contains("debug");
  return own || (test.runs_on(arch_name(machine.arch)) && (full || test.shares_image));
}

std::vector<Item> select(const std::vector<SystemCase>& cases, const SuiteOptions& options) {
  std::vector<Item> items;
  Selection selection(options);
  for (const Machine& machine : machines(options)) {
    for (const SystemCase& test : cases) {
      for (size_t i = 0; i < test.runs.size(); ++i) {
        std::string name = item_name(test, i, machine);
        if (!belongs_to(test, machine, options.full) || (test.runs[i].full && !options.full)) continue;
        if (!selection.takes(name)) continue;
        items.push_back({name, &test, &test.runs[i], machine});
      }
    }
  }
  return items;
}

Invocation invocation_of(const Item& item) {
  const CaseRun& run = *item.run;
  Invocation invocation{
      .program = item.test->program,
      .arch = item.machine.arch,
      .target = item.machine.target,
      .cpus = run.cpus,
      .memory = run.memory,
      .args = run.args,
      .env = run.env,
      .input = run.stdin_kind == StdinKind::pattern ? pattern_bytes(run.stdin_bytes) : run.stdin_text,
      .stdin_closed = run.stdin_kind == StdinKind::closed,
      .debug = item.machine.debug,
      .timeout_s = run.timeout_s};
  for (const std::string& file : run.files) invocation.files.push_back((suite_folder() / file).string());
  return invocation;
}

Result<void> run_alone(const Item& item, SharedReport& report) {
  auto start = Clock::now();
  Invocation invocation = invocation_of(item);
  Finished finished = TRY(invoke(invocation));
  std::string why = TRY(judge(*item.run, finished, suite_folder()));
  if (why.empty() && item.run->rule == StdoutRule::differs) {
    Finished again = TRY(invoke(invocation));
    why = TRY(judge(*item.run, again, suite_folder()));
    if (why.empty() && again.out == finished.out) why = "two boots printed the same\n";
  }
  report({item.name, why.empty() ? Verdict::passed : Verdict::failed, Clock::now() - start, why});
  return {};
}

/// Runs the items in one image; where the image ends early, the ones behind that in another.
Result<void> run_together(std::vector<Item> items, SharedReport& report) {
  while (!items.empty()) {
    auto start = Clock::now();
    std::vector<GroupMember> members;
    for (const Item& item : items) members.push_back({item.test->name, item.test->program});
    std::string source = TRY(group_source(members));
    // The name is the content's, so that the builder finds an unchanged group built.
    fs::path program = cache_root() / "tests" / ("group_" + sha256(source).substr(0, 16) + ".ml");
    TRY(write_file(program, source));
    Finished finished = TRY(invoke({.program = program,
                                    .arch = items[0].machine.arch,
                                    .target = items[0].machine.target,
                                    .cpus = 2,
                                    .debug = items[0].machine.debug,
                                    .timeout_s = 600}));
    std::vector<MemberOutput> outputs = split_group_output(members, finished.out);
    auto share = (Clock::now() - start) / static_cast<long>(items.size());
    size_t done = 0;
    for (; done < items.size(); ++done) {
      const MemberOutput& output = outputs[done];
      // Nothing began: the fault is the image's, and each would fail alike.
      if (!output.begun && done > 0) break;
      std::string why;
      if (!output.exception.empty()) why += "uncaught exception " + output.exception + "\n";
      if (!output.ended) {
        why +=
            "the image ended with status " + std::to_string(finished.status) + "\n" + tail(finished.err, 12);
      }
      why += difference(TRY(read_file(suite_folder() / items[done].run->expected)), output.out);
      report({items[done].name, why.empty() ? Verdict::passed : Verdict::failed, share, why});
      if (!output.ended) {
        ++done;
        break;
      }
    }
    if (!outputs[0].begun) {
      for (; done < items.size(); ++done) {
        report({items[done].name, Verdict::failed, share, "not run: the image of its group did not start\n"});
      }
    }
    items.erase(items.begin(), items.begin() + static_cast<long>(done));
  }
  return {};
}

constexpr size_t group_size = 12;

}  // namespace

Result<std::vector<std::string>> list_system_suite(const SuiteOptions& options) {
  std::vector<SystemCase> cases = TRY(load_cases(suite_folder()));
  std::vector<std::string> names;
  for (const Item& item : select(cases, options)) names.push_back(item.name);
  return names;
}

Result<void> run_system_suite(const SuiteOptions& options, const TestReport& report) {
  std::vector<SystemCase> cases = TRY(load_cases(suite_folder()));
  std::vector<Item> items = select(cases, options);
  if (!options.full &&
      std::any_of(items.begin(), items.end(), [](const Item& item) { return item.machine.debug; }))
    note("in a debug build: " + std::string(arch_name(debug_turn())) + ", whose turn it is by the commit");
  SharedReport shared(report);
  std::vector<Job> jobs;
  for (const Machine& machine : machines(options)) {
    std::vector<Item> group;
    auto close_group = [&] {
      if (!group.empty()) jobs.push_back([group, &shared] { return run_together(group, shared); });
      group.clear();
    };
    for (const Item& item : items) {
      if (item.machine.name != machine.name) continue;
      if (!item.test->shares_image) {
        jobs.push_back([item, &shared] { return run_alone(item, shared); });
      } else {
        group.push_back(item);
        if (group.size() == group_size) close_group();
      }
    }
    close_group();
  }
  return run_jobs(jobs, options.jobs);
}

}  // namespace bactrian
