// SPDX-License-Identifier: ISC
//
// tests/ocaml: the OCaml source's own tests, native programs on the bare machine. Plain ones share images;
// one that fails there is judged by a run of its own.

#include <algorithm>
#include <map>

#include "support/cache.h"
#include "support/hash.h"
#include "support/root.h"
#include "support/text.h"
#include "test/compare.h"
#include "test/group.h"
#include "test/invoke.h"
#include "test/ocaml_cases.h"
#include "test/select.h"
#include "test/suite.h"
#include "test/workers.h"

namespace bactrian {
namespace {

struct Item {
  std::string name;
  const OcamlCase* test;
  Arch arch;
};

/// What all jobs of a run share.
struct Suite {
  std::vector<OcamlCase> cases;
  std::vector<KnownFailure> known;
  std::vector<Item> items;
};

constexpr size_t group_size = 16;

fs::path work_folder() {
  return cache_root() / "tests" / "ocaml";
}

std::vector<Arch> archs(const SuiteOptions& options) {
  if (options.arch) return {*options.arch};
  return {Arch::x86_64};
}

Result<fs::path> ocaml_source() {
  Command command{.argv = {(project_root() / "toolchain" / "provide").string(), "sources", "ocaml"},
                  .out = Stream::pipe};
  Finished finished = TRY(run_checked(command, "getting the OCaml source"));
  return fs::path(trim(finished.out));
}

Result<Suite> load() {
  Suite suite{.cases = TRY(load_ocaml_cases(TRY(ocaml_source()))),
              .known = TRY(load_known_failures(project_root() / "tests" / "ocaml" / "known")),
              .items = {}};
  return suite;
}

void select(Suite& suite, const SuiteOptions& options) {
  Selection selection(options);
  for (Arch arch : archs(options)) {
    for (const OcamlCase& test : suite.cases) {
      std::string name = "ocaml/" + test.full_name() + " " + std::string(arch_name(arch));
      if (!options.full && !can_share_image(test)) continue;
      if (!selection.takes(name)) continue;
      suite.items.push_back({name, &test, arch});
    }
  }
}

std::string sorted_lines(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::sort(lines.begin(), lines.end());
  return lines.empty() ? "" : join(lines, "\n") + "\n";
}

class Runner {
 public:
  Runner(const Suite& suite, SharedReport& report) : suite_(suite), report_(report) {}

  Result<void> alone(const Item& item) {
    auto start = Clock::now();
    const OcamlCase& test = *item.test;
    if (!test.header.not_run.empty()) {
      report_({item.name, Verdict::skipped, {}, test.header.not_run});
      return {};
    }
    Invocation invocation = TRY(invocation_of(item));
    std::string why = TRY(outcome(test, invocation));
    if (!why.empty()) {
      // The same objects as a Linux process: is the machine at fault, or what is around it?
      invocation.target = Target::hosted;
      bool same = !TRY(outcome(test, invocation)).empty();
      why += same ? "hosted fails too\n" : "hosted passes\n";
    }
    tell(item, why, Clock::now() - start);
    return {};
  }

  Result<void> together(const std::vector<Item>& items) {
    auto start = Clock::now();
    std::vector<GroupMember> members;
    for (const Item& item : items) {
      fs::path folder = work_folder() / item.test->directory / item.test->name;
      members.push_back({item.test->full_name(), TRY(lay_out(*item.test, folder))});
    }
    std::string source = TRY(group_source(members));
    fs::path program = work_folder() / ("group_" + sha256(source).substr(0, 16) + ".ml");
    TRY(write_file(program, source));
    Invocation invocation{.program = program,
                          .arch = items[0].arch,
                          .cpus = 2,
                          .memory = "512M",
                          .merge = true,
                          .timeout_s = 900};
    std::string out;
    if (TRY(invoke_build(invocation)).status == 0) out = TRY(invoke(invocation)).out;
    std::vector<MemberOutput> outputs = split_group_output(members, out);
    auto share = (Clock::now() - start) / static_cast<long>(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      bool passed =
          outputs[i].ended && outputs[i].exception.empty() && outputs[i].out == items[i].test->expected;
      if (!passed) {
        TRY(alone(items[i]));
      } else {
        tell(items[i], "", share);
      }
    }
    return {};
  }

 private:
  Result<Invocation> invocation_of(const Item& item) {
    const OcamlCase& test = *item.test;
    bool many = test.directory == "parallel" || test.directory == "gc-roots";
    Invocation invocation{.program = TRY(lay_out(test, work_folder() / test.directory / test.name)),
                          .arch = item.arch,
                          .cpus = many ? 4U : 1U,
                          .memory = many ? "1G" : "512M",
                          .merge = true,
                          .timeout_s = 600};
    // Some read their own source.
    if (test.directory == "lib-threads") invocation.files.push_back(test.source.string());
    if (!test.header.runparam.empty()) invocation.env.push_back("OCAMLRUNPARAM=" + test.header.runparam);
    return invocation;
  }

  /// Empty when it does as the reference says.
  Result<std::string> outcome(const OcamlCase& test, const Invocation& invocation) {
    Finished built = TRY(invoke_build(invocation));
    if (built.status != 0) return "does not build:\n" + tail(built.err, 10);
    Finished finished = TRY(invoke(invocation));
    std::string why = difference(test.expected, test.sorted ? sorted_lines(finished.out) : finished.out);
    if (finished.status != test.header.exit_status) {
      why += "status " + std::to_string(finished.status) + " for " + std::to_string(test.header.exit_status) +
             "\n" + tail(finished.out, 8);
    }
    return why;
  }

  void tell(const Item& item, const std::string& why, std::chrono::nanoseconds duration) {
    auto found = std::find_if(suite_.known.begin(), suite_.known.end(), [&](const KnownFailure& known) {
      std::string full = "ocaml/" + known.name;
      return full == item.name || full == item.name.substr(0, item.name.rfind(' '));
    });
    if (found == suite_.known.end()) {
      report_({item.name, why.empty() ? Verdict::passed : Verdict::failed, duration, why});
    } else if (why.empty()) {
      report_({item.name, Verdict::failed, duration, "passes: take it out of tests/ocaml/known\n"});
    } else {
      report_({item.name, Verdict::skipped, duration, "known to fail: " + found->why});
    }
  }

  const Suite& suite_;
  SharedReport& report_;
};

}  // namespace

Result<std::vector<std::string>> list_ocaml_suite(const SuiteOptions& options) {
  Suite suite = TRY(load());
  select(suite, options);
  std::vector<std::string> names;
  for (const Item& item : suite.items) names.push_back(item.name);
  return names;
}

Result<void> run_ocaml_suite(const SuiteOptions& options, const TestReport& report) {
  Suite suite = TRY(load());
  select(suite, options);
  SharedReport shared(report);
  Runner runner(suite, shared);
  std::vector<Job> jobs;
  std::map<std::pair<Arch, std::string>, std::vector<Item>> groups;
  auto close = [&](std::vector<Item>& group) {
    if (!group.empty()) jobs.push_back([group, &runner] { return runner.together(group); });
    group.clear();
  };
  for (const Item& item : suite.items) {
    if (!can_share_image(*item.test)) {
      jobs.push_back([item, &runner] { return runner.alone(item); });
      continue;
    }
    std::vector<Item>& group = groups[{item.arch, item.test->directory}];
    group.push_back(item);
    if (group.size() == group_size) close(group);
  }
  for (auto& [key, group] : groups) close(group);
  return run_jobs(jobs, options.jobs);
}

}  // namespace bactrian
