// SPDX-License-Identifier: ISC
#include <algorithm>
#include <cstdio>

#include "cli/options.h"
#include "lint/rules.h"
#include "support/packages.h"
#include "support/process.h"
#include "support/root.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

struct SourceFile {
  std::string path;  ///< relative to the checkout
  Language language;
};

/// The files that belong to the project: git's list, so that what is built or ignored is left out.
Result<std::vector<std::string>> project_files() {
  const auto listed =
      TRY(run_checked(Command{.argv = {"git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"},
                              .folder = project_root(),
                              .out = Stream::pipe,
                              .err = Stream::pipe},
                      "listing the project's files"));
  std::vector<std::string> files;
  std::error_code code;
  for (auto& file : split(listed.out, '\0'))
    // What a link names is listed by its own name; a formatter would put a file in the link's place.
    if (!file.empty() && !fs::is_symlink(project_root() / file, code) &&
        fs::is_regular_file(project_root() / file, code))
      files.push_back(std::move(file));
  return files;
}

std::vector<std::string> of_language(const std::vector<SourceFile>& files, Language language) {
  std::vector<std::string> paths;
  for (const auto& file : files)
    if (file.language == language) paths.push_back(file.path);
  return paths;
}

/// Runs a checker on the files; its own messages are the complaints. Returns whether it was content.
Result<bool> check_with(std::vector<std::string> command, const std::vector<std::string>& files) {
  if (files.empty()) return true;
  command.insert(command.end(), files.begin(), files.end());
  return TRY(run(Command{.argv = command, .folder = project_root()})).status == 0;
}

Result<bool> check_rules(std::vector<SourceFile>& sources) {
  const auto files = TRY(project_files());
  std::vector<Complaint> complaints = check_interfaces(files);
  std::vector<FileLength> lengths;
  for (const auto& file : files) {
    const std::string content = TRY(read_file(project_root() / file));
    sources.push_back({file, language_of(file, content)});
    lengths.push_back({file, static_cast<size_t>(std::count(content.begin(), content.end(), '\n'))});
    const auto found = check_text(file, content);
    complaints.insert(complaints.end(), found.begin(), found.end());
  }
  const auto ports = check_ports(lengths);
  complaints.insert(complaints.end(), ports.begin(), ports.end());
  for (const auto& complaint : complaints) {
    const std::string line = complaint.line > 0 ? ":" + std::to_string(complaint.line) : "";
    std::printf("%s%s: %s\n", complaint.file.c_str(), line.c_str(), complaint.text.c_str());
  }
  return complaints.empty();
}

Result<bool> lint(const LintOptions& options) {
  TRY(ensure_packages({"lint"}));
  std::vector<SourceFile> sources;
  bool good = TRY(check_rules(sources));
  const auto cpp = of_language(sources, Language::cpp);
  if (options.fix)
    good &= TRY(check_with({"clang-format", "-i"}, cpp));
  else
    good &= TRY(check_with({"clang-format", "--dry-run", "--Werror", "--ferror-limit=3"}, cpp));
  good &= TRY(check_with({"shellcheck", "--severity=warning"}, of_language(sources, Language::shell)));
  // ocamlformat is in no Debian set of ours; who has the version that .ocamlformat names gets its opinion.
  if (!find_program("ocamlformat").empty())
    good &= TRY(check_with({"ocamlformat", options.fix ? "--inplace" : "--check"},
                           of_language(sources, Language::ocaml)));
  else
    note("ocamlformat is not installed: the OCaml files' layout was not looked at");
  std::fprintf(stderr, "bactrian: %zu files, %s\n", sources.size(), good ? "all good" : "see above");
  return good;
}

}  // namespace

int command_lint(const LintOptions& options) {
  const auto good = lint(options);
  if (!good.ok()) {
    print_error(good.error());
    return good.error().status;
  }
  return static_cast<int>(good.value() ? ExitStatus::ok : ExitStatus::failed);
}

}  // namespace bactrian
