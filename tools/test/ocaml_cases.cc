// SPDX-License-Identifier: ISC
#include "test/ocaml_cases.h"

#include <algorithm>

#include "support/process.h"
#include "support/text.h"

namespace bactrian {

const std::vector<std::string> ocaml_directories = {
    "basic", "basic-more", "effects", "gc-roots", "lib-bigarray", "lib-threads", "parallel",
};

namespace {

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// NAME.ml, and NAME.ml.c, which is to go through the C preprocessor.
std::string case_name(const fs::path& file) {
  std::string name = file.filename().string();
  for (std::string_view suffix : {".ml", ".ml.c"}) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return {};
}

Result<OcamlCase> load_case(const std::string& directory, const fs::path& source) {
  std::string text = TRY(read_file(source));
  OcamlCase test{.directory = directory,
                 .name = case_name(source),
                 .source = source,
                 .expected = {},
                 .exits = text.find("exit ") != std::string::npos,
                 .header = parse_ocamltest(text)};
  fs::path folder = source.parent_path();
  for (const std::string& reference : {test.name + ".reference", source.stem().string() + ".reference"}) {
    if (fs::exists(folder / reference)) test.expected = TRY(read_file(folder / reference));
  }
  // NAME.run replaces the plain run of the program. The one kind that we know pipes it through sort.
  if (fs::path script = folder / (test.name + ".run"); fs::exists(script)) {
    test.sorted = TRY(read_file(script)).find("| ") != std::string::npos;
    if (!test.sorted) test.header.not_run = "is driven by a script with a second program";
  }
  return test;
}

Result<std::string> program_text(const OcamlCase& test) {
  if (test.source.extension() != ".c") return read_file(test.source);
  Command command{
      .argv = {"gcc", "-E", "-P", test.source.string()}, .out = Stream::pipe, .err = Stream::pipe};
  return TRY(run_checked(command, "preprocessing " + test.full_name())).out;
}

Result<void> copy_source(const fs::path& from, const fs::path& folder) {
  return write_file(folder / from.filename(), TRY(read_file(from)));
}

}  // namespace

Result<std::vector<OcamlCase>> load_ocaml_cases(const fs::path& ocaml_source) {
  std::vector<OcamlCase> cases;
  for (const std::string& directory : ocaml_directories) {
    std::error_code code;
    fs::path folder = ocaml_source / "testsuite" / "tests" / directory;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
      if (!case_name(entry.path()).empty()) cases.push_back(TRY(load_case(directory, entry.path())));
    }
    if (code) return system_error("cannot read the folder", code.value(), folder.string());
  }
  std::sort(cases.begin(), cases.end(), [](const OcamlCase& a, const OcamlCase& b) {
    return std::tie(a.directory, a.name) < std::tie(b.directory, b.name);
  });
  return cases;
}

bool can_share_image(const OcamlCase& test) {
  const OcamlTest& header = test.header;
  return header.not_run.empty() && header.flags.empty() && header.native_flags.empty() &&
         header.modules.empty() && header.includes.empty() && header.runparam.empty() &&
         header.exit_status == 0 && !test.exits && !test.sorted && test.directory != "parallel";
}

Result<fs::path> lay_out(const OcamlCase& test, const fs::path& folder) {
  const OcamlTest& header = test.header;
  fs::path program = folder / (test.name + ".ml");
  bool testing = has(header.includes, "testing");
  // Named in the source, since dune links only what the program names; at its end, so that lines keep their
  // numbers.
  TRY(write_file(program, TRY(program_text(test)) + (testing ? "\nmodule _ = Testing\n" : "")));
  if (header.flags.empty() && header.native_flags.empty() && header.modules.empty() && !testing)
    return program;

  std::string modules = test.name, stubs;
  for (const std::string& module : header.modules) {
    fs::path file = test.source.parent_path() / module;
    TRY(copy_source(file, folder));
    (file.extension() == ".c" ? stubs : modules) += " " + file.stem().string();
  }
  if (testing) {
    fs::path library = test.source.parent_path().parent_path().parent_path() / "lib";
    for (const char* file : {"testing.ml", "testing.mli"}) TRY(copy_source(library / file, folder));
    modules += " testing";
  }
  std::string dune = "(executable\n (name " + test.name + ")\n (modules " + modules + ")\n";
  dune += " (libraries unix threads.posix)\n (flags (-w -a " + join(header.flags, " ") + "))\n";
  dune += " (ocamlopt_flags (:standard " + join(header.native_flags, " ") + "))\n";
  if (!stubs.empty()) dune += " (foreign_stubs (language c) (names" + stubs + "))\n";
  TRY(write_file(folder / "dune", dune + ")\n"));
  // Unwrapped, so that exceptions and backtraces bear the names that the references have.
  TRY(write_file(folder / "dune-project", "(lang dune 3.0)\n(wrapped_executables false)\n"));
  return folder;
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
