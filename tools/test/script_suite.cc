// SPDX-License-Identifier: ISC
//
// The cli suite: each tests/cli/NAME.sh is a test. It runs in a folder of its own (TMPDIR too), with
// BACTRIAN set to the launcher; it passes with status 0, status 77 means skipped (its last line says why). A
// line "# full" among its first ten makes it a test of full runs only; "# limit: SECONDS" there gives it more
// time.

#include <algorithm>

#include "support/process.h"
#include "support/root.h"
#include "support/text.h"
#include "test/check_program.h"
#include "test/fake_guest.h"
#include "test/select.h"
#include "test/suite.h"
#include "test/workers.h"

namespace bactrian {

namespace {

constexpr std::chrono::seconds script_limit{900};  // a hang detector; some set a cache up from nothing

struct Script {
  std::string name;
  fs::path file;
  bool only_in_full_runs = false;
  std::chrono::seconds limit = script_limit;
};

Result<Script> read_script(const fs::path& file) {
  Script script{.name = "cli/" + file.stem().string(), .file = file};
  auto lines = split(TRY(read_file(file)), '\n');
  lines.resize(std::min<size_t>(lines.size(), 10));
  constexpr std::string_view limit = "# limit: ";
  for (const auto& line : lines) {
    if (line == "# full") script.only_in_full_runs = true;
    if (line.starts_with(limit))
      script.limit = std::chrono::seconds(TRY(parse_size(line.substr(limit.size()))));
  }
  return script;
}

Result<std::vector<Script>> load(const SuiteOptions& options) {
  const fs::path folder = project_root() / "tests/cli";
  std::vector<Script> scripts;
  std::error_code code;
  for (fs::directory_iterator walk(folder, code); !code && walk != fs::directory_iterator();
       walk.increment(code)) {
    const fs::path& file = walk->path();
    if (file.extension() != ".sh" || file.filename().string().starts_with("_"))
      continue;  // _*.sh: included ones
    const Script script = TRY(read_script(file));
    if (options.full || !script.only_in_full_runs) scripts.push_back(script);
  }
  if (code) return system_error("cannot read the folder", code.value(), folder);
  std::sort(scripts.begin(), scripts.end(), [](const Script& a, const Script& b) { return a.name < b.name; });
  Selection selection(options);
  std::erase_if(scripts, [&](const Script& script) { return !selection.takes(script.name); });
  return scripts;
}

Result<void> run_script(const Script& script, const fs::path& fake_guest, SharedReport& report) {
  const auto folder = TRY(TempFolder::create("bactrian-cli-test"));
  const Command command{.argv = {"bash", "-eu", script.file.string()},
                        .folder = folder.path(),
                        .env = {{"BACTRIAN", (project_root() / "bactrian").string()},
                                {"FAKE_GUEST_PROGRAM", fake_guest.string()},
                                {"TMPDIR", folder.path().string()}}};
  report(TRY(check_program(script.name, command, script.limit)));
  return {};
}

}  // namespace

Result<void> run_cli_suite(const SuiteOptions& options, const TestReport& report) {
  const auto scripts = TRY(load(options));
  if (scripts.empty()) return {};
  const fs::path guest = TRY(build_fake_guest());
  SharedReport shared(report);
  std::vector<Job> jobs;
  for (const auto& script : scripts)
    jobs.push_back([&script, &guest, &shared] { return run_script(script, guest, shared); });
  return run_jobs(jobs, options.jobs);
}

Result<std::vector<std::string>> list_cli_suite(const SuiteOptions& options) {
  std::vector<std::string> names;
  for (const auto& script : TRY(load(options))) names.push_back(script.name);
  return names;
}

}  // namespace bactrian
