// SPDX-License-Identifier: ISC
#include "test/ocaml_cases.h"

#include <algorithm>

#include "support/process.h"
#include "support/text.h"

namespace bactrian {
namespace {

bool may_be_test(const fs::path& file) {
  std::string suffix = file.extension();
  return suffix == ".ml" || suffix == ".mll" || suffix == ".mly" || suffix == ".c" || suffix == ".mli";
}

/// A script of a header, as ocamltest runs it.
bool script_says_yes(const std::string& command) {
  auto folder = TempFolder::create("bactrian-ocamltest");
  if (!folder) return false;
  Command script{.argv = ocamltest_words(command),
                 .folder = folder.value().path(),
                 .env = {{"ocamltest_response", folder.value().path() / "response"},
                         {"TEST_PASS", "0"},
                         {"TEST_FAIL", "1"},
                         {"TEST_SKIP", "125"}},
                 .out = Stream::null,
                 .err_to_out = true};
  auto finished = run(script, std::chrono::seconds(60));
  return finished.ok() && finished.value().status == 0;
}

}  // namespace

Result<std::optional<Ocamltest>> read_case(const fs::path& source, Arch arch, const fs::path& build_folder) {
  return read_ocamltest(
      TRY(read_file(source)),
      {.source = source, .build_folder = build_folder, .arch = arch, .answers_yes = script_says_yes});
}

Result<std::vector<OcamlCase>> load_ocaml_cases(const fs::path& ocaml_source, Arch arch) {
  std::vector<OcamlCase> cases;
  fs::path root = ocaml_source / "testsuite" / "tests";
  std::error_code code;
  for (fs::recursive_directory_iterator entry(root, code), end; !code && entry != end;
       entry.increment(code)) {
    const fs::path& file = entry->path();
    if (!entry->is_regular_file() || !may_be_test(file)) continue;
    auto test = read_case(file, arch, "/");
    if (!test.ok() || !test.value() || test.value()->programs.empty()) continue;
    fs::path name = file.lexically_relative(root);
    cases.push_back({.name = name.replace_extension().string(), .source = file, .arch = arch});
  }
  if (code) return system_error("cannot read the folder", code.value(), root.string());
  std::sort(cases.begin(), cases.end(),
            [](const OcamlCase& a, const OcamlCase& b) { return a.name < b.name; });
  return cases;
}

Result<std::vector<KnownFailure>> load_known_failures(const fs::path& file) {
  std::vector<KnownFailure> known;
  for (const std::string& line : split(TRY(read_file(file)), '\n')) {
    if (trim(line).empty() || line.starts_with('#')) continue;
    size_t colon = line.find(": ");
    if (colon == std::string::npos)
      return Error{.message = "a line without a reason: " + line, .where = file.string()};
    known.push_back({line.substr(0, colon), line.substr(colon + 2)});
  }
  return known;
}

}  // namespace bactrian
