// SPDX-License-Identifier: ISC
#include "build/source_file.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "build/packages.h"
#include "build/shim.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// Raise it when the same source is compiled in another way.
constexpr const char* compile_version = "2";

struct StandardLibrary {
  const char* name;  ///< of its folder and archive
  std::vector<std::string_view> modules;
};

/// In link order.
const std::vector<StandardLibrary>& standard_libraries() {
  static const std::vector<StandardLibrary> table = {{"unix", {"Unix", "UnixLabels"}},
                                                     {"threads", {"Thread", "Event"}},
                                                     {"str", {"Str"}},
                                                     {"runtime_events", {"Runtime_events"}},
                                                     {"dynlink", {"Dynlink"}}};
  return table;
}

class SourceCompiler {
 public:
  SourceCompiler(const BuildRequest& request, const Compiler& compiler, const Packages& packages,
                 const fs::path& folder)
      : request_(request), compiler_(compiler), packages_(packages), folder_(folder) {}

  Result<void> compile() {
    const fs::path name = module_file_name(request_.program);
    const fs::path interface = fs::path(request_.program).replace_extension(".mli");
    std::error_code code;
    if (fs::exists(interface, code)) TRY(step({"-c", "-o", folder_ / (name.string() + ".cmi"), interface}));
    const fs::path unit = folder_ / (name.string() + ".cmx");
    TRY(step({"-c", "-o", unit, request_.program}));
    std::vector<std::string> link = {"-o", folder_ / "program.link", "-cc", recorder_command()};
    for (auto& archive : TRY(archives_for(unit))) link.push_back(std::move(archive));
    link.push_back(unit);
    return step(link);
  }

 private:
  /// ocamlopt with the flags that every step shares.
  Result<void> step(const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {compiler_.ocamlopt, "-g", "-I", folder_};
    for (const auto& library : standard_libraries())
      argv.insert(argv.end(), {"-I", "+" + std::string(library.name)});
    for (const auto& path : packages_.folders) argv.insert(argv.end(), {"-I", path});
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    if (request_.verbose) std::fprintf(stderr, "+ %s\n", shell_command(argv).c_str());
    auto env = recorder_environment(compiler_, folder_ / "program.link");
    env.push_back(compiler_.search_path());
    const auto finished = TRY(run({.argv = argv, .env = env, .out = Stream::pipe, .err_to_out = true}));
    std::fputs(finished.out.c_str(), stderr);  // warnings too
    if (finished.status == 0) return {};
    return Error{.message = "the program does not compile",
                 .where = request_.program,
                 .remedy = remedy_for(unbound_module(finished.out))};
  }

  std::string remedy_for(const std::string& unbound) {
    if (unbound.empty()) return "see the compiler's message above";
    std::string file = unbound + ".ml";
    file[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(file[0])));
    const fs::path beside = request_.program.parent_path() / file;
    std::error_code code;
    if (fs::exists(beside, code) && beside.filename() != request_.program.filename())
      return "a .ml file is built alone: make a dune project of it and " + beside.string() +
             " (dune-project, and a dune file with an (executable ...) stanza), and give its folder";
    return "if " + unbound + " belongs to a package, add --package NAME";
  }

  Result<std::vector<std::string>> archives_for(const fs::path& unit) {
    const fs::path objinfo = compiler_.tool("ocamlobjinfo");
    if (objinfo.empty())
      return Error{.message = "this compiler has no ocamlobjinfo beside it",
                   .where = compiler_.ocamlopt,
                   .remedy = "install OCaml whole"};
    const auto finished = TRY(run_checked({.argv = {objinfo, unit}, .out = Stream::pipe, .err = Stream::pipe},
                                          "reading the compiled unit"));
    std::vector<std::string> result;
    for (const auto& library : standard_libraries_for(imported_modules(finished.out))) {
      const std::string archive = library + ".cmxa";
      const bool known = std::any_of(packages_.archives.begin(), packages_.archives.end(),
                                     [&](const auto& path) { return fs::path(path).filename() == archive; });
      if (!known) result.push_back(archive);
    }
    result.insert(result.end(), packages_.archives.begin(), packages_.archives.end());
    return result;
  }

  const BuildRequest& request_;
  const Compiler& compiler_;
  const Packages& packages_;
  const fs::path folder_;
};

}  // namespace

std::set<std::string> imported_modules(std::string_view objinfo) {
  std::set<std::string> result;
  bool in_imports = false;
  for (const auto& line : split(objinfo, '\n')) {
    if (!line.starts_with('\t')) {
      in_imports = line.find("mports") != std::string::npos || line.find("mported") != std::string::npos;
      continue;
    }
    // "\tCRC\tModule": the CRC is 32 digits, or dashes
    const size_t tab = line.rfind('\t');
    if (in_imports && tab != std::string::npos) result.emplace(trim(line.substr(tab + 1)));
  }
  return result;
}

std::vector<std::string> standard_libraries_for(const std::set<std::string>& modules) {
  std::vector<std::string> result;
  const auto uses = [&](const StandardLibrary& library) {
    return std::any_of(library.modules.begin(), library.modules.end(),
                       [&](auto name) { return modules.contains(std::string(name)); });
  };
  for (const auto& library : standard_libraries()) {
    if (!uses(library)) continue;
    // threads and runtime_events are made of unix
    const bool wants_unix =
        std::string_view(library.name) == "threads" || std::string_view(library.name) == "runtime_events";
    if (wants_unix && std::find(result.begin(), result.end(), "unix") == result.end())
      result.emplace_back("unix");
    result.emplace_back(library.name);
  }
  return result;
}

std::string unbound_module(std::string_view messages) {
  constexpr std::string_view text = "Unbound module ";
  const size_t at = messages.find(text);
  if (at == std::string_view::npos) return {};
  std::string result;
  for (const char c : messages.substr(at + text.size())) {
    if (c == '"' || c == '\x1b') continue;
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') break;
    result += c;
  }
  return result;
}

std::string module_file_name(const fs::path& source) {
  std::string name = source.stem();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  if (name.empty() || std::isalpha(static_cast<unsigned char>(name[0])) == 0) name = "program_" + name;
  return name;
}

Result<fs::path> compile_source(const Cache& cache, const BuildRequest& request, const Compiler& compiler) {
  const Packages packages = TRY(find_packages(cache, request.packages, compiler, request.arch));
  KeyBuilder key;
  key.add("version", compile_version).add("compiler", compiler.key).add("packages", packages.key);
  TRY(key.add_file("source", request.program));
  const fs::path interface = fs::path(request.program).replace_extension(".mli");
  std::error_code code;
  if (fs::exists(interface, code)) TRY(key.add_file("interface", interface));
  // Debug information and backtraces name the source by this path.
  key.add("path", request.program.string());
  const auto make = [&](const fs::path& folder) -> Result<void> {
    const Progress progress("compiling " + request.program.filename().string());
    return SourceCompiler(request, compiler, packages, folder).compile();
  };
  return TRY(cache.provide("program", module_file_name(request.program), key.key(), make)) / "program.link";
}

}  // namespace bactrian
