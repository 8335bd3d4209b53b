// SPDX-License-Identifier: ISC
//
// tests/ocaml: the OCaml source's own tests, native programs on the bare machine and as processes. Plain ones
// share images; one that fails there is judged by a run of its own.

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
  std::string name;  ///< "ocaml/basic/arrays x86_64", "ocaml/basic/arrays x86_64-process"
  OcamlCase test;
  OcamlRun how = OcamlRun::plain;
  bool shares = false;

  Target target() const { return how == OcamlRun::plain ? Target::bare : Target::hosted; }
};

constexpr size_t group_size = 20;

std::vector<Arch> archs(const SuiteOptions& options) {
  if (options.arch) return {*options.arch};
  return {std::begin(all_archs), std::end(all_archs)};
}

/// The tests that are known to fail, by the way they are run.
Result<std::vector<KnownFailure>> known_failures(OcamlRun how) {
  return load_known_failures(project_root() / "tests" / "ocaml" /
                             (how == OcamlRun::plain ? "known" : "known_as_process"));
}

/// Whether one of them is the test "ocaml/NAME ARCH".
const KnownFailure* find_known(const std::vector<KnownFailure>& known, const std::string& name) {
  const auto is_it = [&](const KnownFailure& one) {
    const std::string full = "ocaml/" + one.name;
    return full == name || full == name.substr(0, name.rfind(' '));
  };
  const auto found = std::find_if(known.begin(), known.end(), is_it);
  return found == known.end() ? nullptr : &*found;
}

/// The tests of a run. Without --full each on one of the architectures in turn: bare those that share images;
/// as processes those that fail otherwise.
Result<std::vector<Item>> select(const fs::path& source, const SuiteOptions& options) {
  const std::vector<KnownFailure> fail_plain = TRY(known_failures(OcamlRun::plain));
  const std::vector<KnownFailure> fail_as_process = TRY(known_failures(OcamlRun::as_process));
  std::vector<Item> items;
  Selection selection(options);
  for (Arch arch : archs(options)) {
    size_t turns[] = {0, 0};
    for (OcamlCase& test : TRY(load_ocaml_cases(source, arch))) {
      const bool shares = TRY(may_share(test));
      for (const OcamlRun how : {OcamlRun::plain, OcamlRun::as_process}) {
        std::string name = "ocaml/" + test.name + " " + std::string(arch_name(arch));
        const bool only_as_process =
            find_known(fail_plain, name) && !find_known(fail_as_process, name + "-process");
        if (how == OcamlRun::as_process) name += "-process";
        if (!wanted(options, name)) continue;
        const bool is_quick =
            how == OcamlRun::plain ? shares : only_as_process && test.name.starts_with("lib-unix/");
        size_t& turn = turns[static_cast<size_t>(how)];
        if (!options.full && (!is_quick || (turn++ % std::size(all_archs)) != static_cast<size_t>(arch)))
          continue;
        if (selection.takes(name)) items.push_back({name, test, how, shares});
      }
    }
  }
  return items;
}

bool is_interruption(const Error& error) {
  return error.status == static_cast<int>(ExitStatus::interrupted);
}

class Runner {
 public:
  Runner(const std::map<Arch, OcamlBuilder>& builders, std::vector<KnownFailure> known,
         std::vector<KnownFailure> known_as_process, SharedReport& report)
      : builders_(builders), known_{std::move(known), std::move(known_as_process)}, report_(report) {}

  Result<void> alone(const Item& item) {
    auto start = Clock::now();
    auto why = outcome(item);
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
    BuiltImage image = TRY(builder.image(TRY(builder.link_together(programs, names)), items[0].target()));
    std::string out = TRY(run_shared(image, items[0].how));
    std::vector<SharedOutput> outputs = split_shared(items.size(), out);
    std::vector<std::pair<SharedOutput, std::string>> result;
    for (size_t i = 0; i < items.size(); ++i)
      result.emplace_back(std::move(outputs[i]), TRY(expected_output(*programs[i])));
    return result;
  }

  /// The other programs of the test, which a process may execute.
  static Result<std::vector<std::string>> companions(const OcamlBuilder& builder,
                                                     const OcamltestProgram& program, OcamlRun how) {
    std::vector<std::string> files;
    if (how == OcamlRun::plain) return files;
    for (const auto& entry : fs::directory_iterator(program.folder)) {
      const fs::path name = entry.path().filename();
      if (name.extension() != ".exe" || name == fs::path(program.file).filename()) continue;
      const auto image = builder.image(entry.path(), Target::hosted);
      if (!image.ok() && is_interruption(image.error())) return image.error();
      if (image.ok()) files.push_back(image.value().elf.string() + ":/" + name.string());  // else byte code
    }
    return files;
  }

  /// Empty when all programs of the test do as they should.
  Result<std::string> outcome(const Item& item) {
    const OcamlCase& test = item.test;
    const OcamlBuilder& builder = builders_.at(test.arch);
    OcamlBuilder::Built built = TRY(builder.build(test));
    for (const OcamltestProgram& program : built.programs) {
      std::string why = TRY(run_and_judge(test, program, TRY(builder.image(program.file, item.target())),
                                          item.how, TRY(companions(builder, program, item.how))));
      if (why.empty()) continue;
      if (test.arch == Arch::x86_64) {
        // The same objects as a Linux process: is the machine at fault, or what is around it?
        BuiltImage hosted = TRY(builder.image(program.file, Target::hosted));
        why += TRY(run_and_judge(test, program, hosted, OcamlRun::plain)).empty() ? "hosted passes\n"
                                                                                  : "hosted fails too\n";
      }
      return why;
    }
    return std::string();
  }

  void tell(const Item& item, const std::string& why, std::chrono::nanoseconds duration) {
    const KnownFailure* const found = find_known(known_[static_cast<size_t>(item.how)], item.name);
    if (!found) {
      report_({item.name, why.empty() ? Verdict::passed : Verdict::failed, duration, why});
    } else if (why.empty()) {
      report_({item.name, Verdict::failed, duration,
               "passes: take it out of tests/ocaml/" +
                   std::string(item.how == OcamlRun::plain ? "known" : "known_as_process") + "\n"});
    } else {
      report_({item.name, Verdict::skipped, duration, "known to fail: " + found->why});
    }
  }

  const std::map<Arch, OcamlBuilder>& builders_;
  std::vector<KnownFailure> known_[2];  ///< by OcamlRun
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
    std::string kind = std::string(arch_name(item.test.arch)) +
                       (item.how == OcamlRun::plain ? " " : " process ") + share_kind(program);
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
  Runner runner(builders, TRY(known_failures(OcamlRun::plain)), TRY(known_failures(OcamlRun::as_process)),
                shared);
  std::vector<Job> jobs;
  for (std::vector<Item>& group : TRY(groups_of(items)))
    jobs.push_back([group = std::move(group), &runner] { return runner.together(group); });
  for (const Item& item : items)
    if (!item.shares) jobs.push_back([item, &runner] { return runner.alone(item); });
  return run_jobs(jobs, options.jobs);
}

}  // namespace bactrian
