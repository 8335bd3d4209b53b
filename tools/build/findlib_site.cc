// SPDX-License-Identifier: ISC
#include "build/findlib_site.h"

#include <algorithm>
#include <map>
#include <vector>

#include "build/components.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/root.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr const char* site_version = "1";

/// The tools that dune asks findlib for. It wants each named for the host too.
constexpr const char* tools[] = {"ocamlc", "ocamlopt", "ocamldep", "ocamlmklib", "ocamlobjinfo"};

using Folders = std::vector<fs::path>;

std::string joined(const Folders& folders) {
  return join({folders.begin(), folders.end()}, ":");
}

/// The configuration that came with the cross compiler.
fs::path own_config(const Compiler& compiler) {
  return compiler.folder().parent_path() / "etc" / "findlib.conf";
}

/// Runs the host's ocamlfind: its output; empty where there is none or it fails.
Result<std::string> host_ocamlfind(const Compiler& compiler, std::vector<std::string> arguments) {
  const fs::path ocamlfind = compiler.toolchain->host / "ocamlfind";
  std::error_code code;
  if (!fs::exists(ocamlfind, code)) return std::string();
  arguments.insert(arguments.begin(), ocamlfind);
  std::vector<std::pair<std::string, std::string>> env;
  if (compiler.toolchain->host_is_private) env.emplace_back("OCAMLFIND_CONF", own_config(compiler).string());
  const auto finished = TRY(run({.argv = arguments, .env = env, .out = Stream::pipe, .err = Stream::null}));
  return finished.status == 0 ? finished.out : std::string();
}

/// The folders where the host's packages are. Without an ocamlfind: lib/ beside bin/, as dune has it.
Result<Folders> host_folders(const Compiler& compiler) {
  Folders result;
  for (const auto& line : split(TRY(host_ocamlfind(compiler, {"printconf", "path"})), '\n'))
    if (!line.empty()) result.emplace_back(line);
  if (result.empty()) result.push_back(compiler.toolchain->host.parent_path() / "lib");
  return result;
}

/// The files that describe a package, to findlib and to dune.
constexpr const char* descriptions[] = {"META", "dune-package"};

/// The root packages in the folders that are ppx rewriters, with the text of their META files.
Result<std::map<std::string, std::string>> ppx_rewriters(const Folders& folders) {
  std::map<std::string, std::string> result;
  for (const auto& folder : folders) {
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
      std::error_code ignored;
      if (!fs::is_regular_file(entry->path() / "META", ignored)) continue;
      std::string meta = TRY(read_file(entry->path() / "META"));
      if (describes_ppx(meta)) result.emplace(entry->path().filename(), std::move(meta));
    }
  }
  return result;
}

/// The host's ppx rewriters and all that they need, as descriptions: META and dune-package files.
Result<void> describe(const Compiler& compiler, const std::map<std::string, std::string>& rewriters,
                      const Folders& from, const Folders& target, const fs::path& to) {
  std::set<std::string> names;
  for (const auto& [name, meta] : rewriters) {
    names.insert(name);
    for (const auto& line :
         split(TRY(host_ocamlfind(compiler, {"query", "-recursive", "-format", "%p", name})), '\n'))
      if (!line.empty()) names.insert(root_package(line));
  }
  for (const auto& name : names) {
    const fs::path folder = package_folder(name, from);
    if (folder.empty() || !package_folder(name, target).empty()) continue;
    for (const char* file : descriptions) {
      std::error_code code;
      if (fs::exists(folder / file, code)) TRY(write_file(to / name / file, TRY(read_file(folder / file))));
    }
  }
  return {};
}

/// The folder of those of the packages that the lock file knows, built for the architecture; none, no folder.
Result<Folders> library_folders(Arch arch, const std::set<std::string>& packages) {
  const auto known = locked_libraries(TRY(read_file(project_root() / "toolchain" / "versions.lock")));
  std::set<std::string> wanted;
  for (const auto& package : packages)
    if (known.contains(root_package(package))) wanted.insert(root_package(package));
  if (wanted.empty()) return Folders();
  std::vector<std::string> component = {"ocaml-libraries", std::string(arch_name(arch))};
  component.insert(component.end(), wanted.begin(), wanted.end());
  return Folders{TRY(provide_component(component)) / "lib"};
}

std::string host_config(const Folders& folders) {
  std::string text = "path=\"" + joined(folders) + "\"\n";
  for (const std::string tool : tools) text += tool + "=\"" + tool + "\"\n";
  return text;
}

std::string target_config(const Compiler& compiler, const Folders& folders) {
  const std::string name = compiler.toolchain->name, library = compiler.config.standard_library();
  const std::string set = "(" + name + ")=\"";
  std::string text = "path" + set + joined(folders) + "\"\n";
  for (const std::string variable : {"destdir", "stdlib"}) text += variable + set + library + "\"\n";
  text += "ldconf" + set + "ignore\"\n";  // there are no shared libraries
  for (const std::string tool : tools) text += tool + set + name + "-" + tool + "\"\n";
  return text;
}

}  // namespace

std::set<std::string> locked_libraries(std::string_view lock) {
  std::set<std::string> result;
  for (const auto& line : split(lock, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() > 2 && words[0] == "library") result.insert(words[1]);
  }
  return result;
}

bool describes_ppx(std::string_view meta) {
  const size_t at = meta.find("library_kind");
  return at != std::string_view::npos && meta.substr(at, 32).find("\"ppx_") != std::string_view::npos;
}

std::string root_package(std::string_view package) {
  return std::string(package.substr(0, package.find('.')));
}

std::string missing_package_remedy(Arch arch) {
  const std::string name(arch_name(arch));
  return "libraries for " + name +
         " are built from source: put its source into the project (dune builds what lies there), or add it "
         "to "
         "toolchain/versions.lock; docs/toolchain.md, \"Libraries for aarch64 and riscv64\", says how";
}

Result<Folders> package_folders(const Compiler& compiler) {
  Folders result;
  const fs::path ocamlfind = compiler.toolchain ? fs::path() : compiler.tool("ocamlfind");
  if (!ocamlfind.empty()) {
    const auto finished = TRY(run({.argv = {ocamlfind, "printconf", "path"},
                                   .env = {compiler.search_path()},
                                   .out = Stream::pipe,
                                   .err = Stream::null}));
    if (finished.status == 0)
      for (const auto& line : split(finished.out, '\n'))
        if (!line.empty()) result.emplace_back(line);
  }
  // Without an ocamlfind: as dune has it.
  if (result.empty() && !compiler.toolchain) result.push_back(compiler.folder().parent_path() / "lib");
  if (compiler.toolchain) result.emplace_back(compiler.config.standard_library());
  return result;
}

fs::path package_folder(const std::string& package, const Folders& folders) {
  std::error_code code;
  for (const auto& folder : folders)
    for (const char* file : descriptions)
      if (fs::exists(folder / package / file, code)) return folder / package;
  return {};
}

Result<fs::path> provide_findlib_site(const Cache& cache, const Compiler& compiler, Arch arch,
                                      const std::set<std::string>& packages, const Folders& own) {
  const Folders host = TRY(host_folders(compiler));
  Folders target = TRY(library_folders(arch, packages));
  target.emplace_back(compiler.config.standard_library());
  target.insert(target.end(), own.begin(), own.end());
  const auto rewriters = TRY(ppx_rewriters(host));
  KeyBuilder key;
  key.add("version", site_version).add("compiler", compiler.key);
  key.add("host", joined(host)).add("target", joined(target));
  for (const auto& [name, meta] : rewriters) key.add(name, meta);
  const auto make = [&](const fs::path& folder) -> Result<void> {
    // The entry's place, which the configuration names, is known only by its key.
    Folders all = target;
    all.push_back(cache.entry("findlib", compiler.toolchain->name, key.key()) / "ppx");
    TRY(describe(compiler, rewriters, host, target, folder / "ppx"));
    TRY(write_file(folder / "findlib.conf", host_config(host)));
    return write_file(folder / "findlib.conf.d" / (compiler.toolchain->name + ".conf"),
                      target_config(compiler, all));
  };
  return TRY(cache.provide("findlib", compiler.toolchain->name, key.key(), make)) / "findlib.conf";
}

}  // namespace bactrian
