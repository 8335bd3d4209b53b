// SPDX-License-Identifier: ISC
//
// tests/ocaml: the OCaml source's own tests, native programs on the bare machine. Plain ones share images;
// one that fails there is judged by a run of its own.

#include <algorithm>
#include <map>
#include <set>

#include "build/components.h"
#include "support/root.h"
#include "support/text.h"
#include "test/ocaml_cases.h"
#include "test/ocaml_program.h"
#include "test/ocaml_run.h"
#include "test/ocaml_share.h"
#include "test/select.h"
#include "test/suite.h"
#include "test/workers.h"

namespace bactrian {
namespace {

struct Item {
  std::string name;  ///< "ocaml/basic/arrays x86_64"
  OcamlCase test;
  bool shares = false;
};

constexpr size_t group_size = 20;

std::vector<Arch> archs(const SuiteOptions& options) {
  if (options.arch) return {*options.arch};
  return {std::begin(all_archs), std::end(all_archs)};
}

/// The tests of a run. Without --full: those that share images, each on one of the architectures in turn.
Result<std::vector<Item>> select(const fs::path& source, const SuiteOptions& options) {
  std::vector<Item> items;
  Selection selection(options);
  for (Arch arch : archs(options)) {
    size_t turn = 0;
    for (OcamlCase& test : TRY(load_ocaml_cases(source, arch))) {
      std::string name = "ocaml/" + test.name + " " + std::string(arch_name(arch));
      if (!wanted(options, name)) continue;
      bool shares = TRY(may_share(test));
      if (!options.full && (!shares || (turn++ % std::size(all_archs)) != static_cast<size_t>(arch)))
        continue;
      if (selection.takes(name)) items.push_back({name, std::move(test), shares});
    }
  }
  return items;
}

bool is_interruption(const Error& error) {
  return error.status == static_cast<int>(ExitStatus::interrupted);
}

class Runner {
 public:
  Runner(const std::map<Arch, OcamlBuilder>& builders, std::vector<KnownFailure> known, SharedReport& report)
      : builders_(builders), known_(std::move(known)), report_(report) {}

  Result<void> alone(const Item& item) {
    auto start = Clock::now();
    auto why = outcome(item.test);
    if (!why.ok() && is_interruption(why.error())) return why.error();
    tell(item, why.ok() ? why.value() : why.error().message + "\n", Clock::now() - start);
    return {};
  }

  /// Runs the items in one image; where the image ends early, the ones behind that in another.
  Result<void> together(std::vector<Item> items) {
    while (items.size() > 1) {
      auto start = Clock::now();
      auto outputs = shared_outputs(items);
      if (!outputs.ok() && is_interruption(outputs.error())) return outputs.error();
      if (!outputs.ok()) break;
      auto share = (Clock::now() - start) / static_cast<long>(items.size());
      size_t done = 0;
      for (; done < items.size(); ++done) {
        const SharedOutput& output = outputs.value()[done].first;
        if (!output.begun && done > 0) break;
        if (output.ended && output.out == outputs.value()[done].second) {
          tell(items[done], "", share);
        } else {
          TRY(alone(items[done]));
        }
      }
      items.erase(items.begin(), items.begin() + static_cast<long>(done));
    }
    for (const Item& item : items) TRY(alone(item));
    return {};
  }

 private:
  /// What each printed, and what it has to print.
  Result<std::vector<std::pair<SharedOutput, std::string>>> shared_outputs(const std::vector<Item>& items) {
    const OcamlBuilder& builder = builders_.at(items[0].test.arch);
    std::vector<OcamlBuilder::Built> built;
    std::vector<std::string> names;
    for (const Item& item : items) {
      built.push_back(TRY(builder.build(item.test)));
      names.push_back(item.test.name);
    }
    std::vector<const OcamltestProgram*> programs;
    for (const OcamlBuilder::Built& one : built) programs.push_back(&one.programs[0]);
    BuiltImage image = TRY(builder.image(TRY(builder.link_together(programs, names)), Target::bare));
    std::string out = TRY(run_shared(image));
    std::vector<SharedOutput> outputs = split_shared(items.size(), out);
    std::vector<std::pair<SharedOutput, std::string>> result;
    for (size_t i = 0; i < items.size(); ++i)
      result.emplace_back(std::move(outputs[i]), TRY(expected_output(*programs[i])));
    return result;
  }

  /// Empty when all programs of the test do as they should.
  Result<std::string> outcome(const OcamlCase& test) {
    const OcamlBuilder& builder = builders_.at(test.arch);
    OcamlBuilder::Built built = TRY(builder.build(test));
    for (const OcamltestProgram& program : built.programs) {
      std::string why = TRY(run_and_judge(test, program, TRY(builder.image(program.file, Target::bare))));
      if (why.empty()) continue;
      if (test.arch == Arch::x86_64) {
        // The same objects as a Linux process: is the machine at fault, or what is around it?
        BuiltImage hosted = TRY(builder.image(program.file, Target::hosted));
        why += TRY(run_and_judge(test, program, hosted)).empty() ? "hosted passes\n" : "hosted fails too\n";
      }
      return why;
    }
    return std::string();
  }

  void tell(const Item& item, const std::string& why, std::chrono::nanoseconds duration) {
    auto found = std::find_if(known_.begin(), known_.end(), [&](const KnownFailure& known) {
      std::string full = "ocaml/" + known.name;
      return full == item.name || full == item.name.substr(0, item.name.rfind(' '));
    });
    if (found == known_.end()) {
      report_({item.name, why.empty() ? Verdict::passed : Verdict::failed, duration, why});
    } else if (why.empty()) {
      report_({item.name, Verdict::failed, duration, "passes: take it out of tests/ocaml/known\n"});
    } else {
      report_({item.name, Verdict::skipped, duration, "known to fail: " + found->why});
    }
  }

  const std::map<Arch, OcamlBuilder>& builders_;
  std::vector<KnownFailure> known_;
  SharedReport& report_;
};

/// Groups of items that can share an image: alike in architecture and libraries, unlike in their units'
/// names.
Result<std::vector<std::vector<Item>>> groups_of(const std::vector<Item>& items) {
  struct Group {
    std::string kind;
    std::set<std::string> units;
    std::vector<Item> items;
  };
  std::vector<Group> groups;
  for (const Item& item : items) {
    if (!item.shares) continue;
    const OcamltestProgram program = TRY(read_case(item.test.source, item.test.arch, "/"))->programs[0];
    std::string kind = std::string(arch_name(item.test.arch)) + " " + share_kind(program);
    std::vector<std::string> units = share_units(program);
    auto fits = [&](const Group& group) {
      return group.kind == kind && group.items.size() < group_size &&
             std::none_of(units.begin(), units.end(),
                          [&](const std::string& unit) { return group.units.contains(unit); });
    };
    auto group = std::find_if(groups.begin(), groups.end(), fits);
    if (group == groups.end()) group = groups.insert(groups.end(), {kind, {}, {}});
    group->units.insert(units.begin(), units.end());
    group->items.push_back(item);
  }
  std::vector<std::vector<Item>> result;
  for (Group& group : groups) result.push_back(std::move(group.items));
  return result;
}

Result<fs::path> ocaml_source() {
  return provide_component({"sources", "ocaml"});
}

}  // namespace

Result<std::vector<std::string>> list_ocaml_suite(const SuiteOptions& options) {
  std::vector<std::string> names;
  for (const Item& item : TRY(select(TRY(ocaml_source()), options))) names.push_back(item.name);
  return names;
}

Result<void> run_ocaml_suite(const SuiteOptions& options, const TestReport& report) {
  fs::path source = TRY(ocaml_source());
  std::vector<Item> items = TRY(select(source, options));
  std::map<Arch, OcamlBuilder> builders;
  for (const Item& item : items) {
    if (!builders.contains(item.test.arch))
      builders.emplace(item.test.arch, TRY(OcamlBuilder::create(source, item.test.arch)));
  }
  SharedReport shared(report);
  Runner runner(builders, TRY(load_known_failures(project_root() / "tests" / "ocaml" / "known")), shared);
  std::vector<Job> jobs;
  for (std::vector<Item>& group : TRY(groups_of(items)))
    jobs.push_back([group = std::move(group), &runner] { return runner.together(group); });
  for (const Item& item : items)
    if (!item.shares) jobs.push_back([item, &runner] { return runner.alone(item); });
  return run_jobs(jobs, options.jobs);
}

}  // namespace bactrian
