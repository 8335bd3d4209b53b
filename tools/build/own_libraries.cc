// SPDX-License-Identifier: ISC
#include "build/own_libraries.h"

#include <algorithm>
#include <cstdio>

#include "build/dune_build.h"
#include "build/dune_project.h"
#include "build/findlib_site.h"
#include "support/hash.h"
#include "support/root.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// Raise it when the same sources are built in another way.
constexpr const char* build_version = "1";

using Folders = std::vector<fs::path>;

fs::path sources() {
  return project_root() / "lib";
}

std::set<std::string> closure(const PackageNeeds& ours, const std::set<std::string>& named) {
  std::set<std::string> result;
  std::vector<std::string> open(named.begin(), named.end());
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    const auto known = ours.find(name);
    if (known == ours.end() || !result.insert(name).second) continue;
    open.insert(open.end(), known->second.begin(), known->second.end());
  }
  return result;
}

/// Those of our packages that the compiler has from elsewhere.
Result<std::set<std::string>> packages_present(const Compiler& compiler, const PackageNeeds& ours) {
  const Folders folders = TRY(package_folders(compiler));
  std::set<std::string> result;
  std::set<std::string> locked;
  if (compiler.toolchain)
    locked = locked_libraries(TRY(read_file(project_root() / "toolchain" / "versions.lock")));
  for (const auto& [name, needs] : ours)
    if (locked.contains(name) || !package_folder(name, folders).empty()) result.insert(name);
  return result;
}

Error does_not_build(const Compiler& compiler, const std::string& output) {
  std::fputs(output.c_str(), stderr);
  return Error{.message = "the libraries of lib/ do not build with " + compiler.name(),
               .where = sources(),
               .remedy = "see the messages above"};
}

struct Build {
  const Compiler& compiler;
  std::set<std::string> packages;
  std::vector<std::pair<std::string, std::string>> environment;
  fs::path folder;  ///< dune's: kept, so that a change builds only what it touches

  std::string context() const {
    return compiler.toolchain ? "default." + compiler.toolchain->name : "default";
  }

  /// Only what an installation of the packages needs: no tests, and nothing for another machine.
  Result<std::vector<std::string>> command() const {
    std::vector<std::string> argv = {TRY(find_dune(compiler)),
                                     "build",
                                     "--root",
                                     sources(),
                                     "--build-dir",
                                     folder,
                                     "--profile=release",
                                     "--display=quiet",
                                     "--no-print-directory"};
    std::string suffix;
    if (compiler.toolchain) {
      argv.insert(argv.end(), {"-x", compiler.toolchain->name});
      suffix = "-" + compiler.toolchain->name;
    }
    for (const auto& name : packages) argv.push_back(name + suffix + ".install");
    return argv;
  }

  Result<void> into(const fs::path& entry) const {
    const auto lock = TRY(FileLock::take(folder.string() + ".lock", "the build of lib/"));
    const Progress progress("building " + join({packages.begin(), packages.end()}, ", "));
    const auto finished =
        TRY(run({.argv = TRY(command()), .env = environment, .out = Stream::pipe, .err_to_out = true}));
    if (finished.status != 0) return does_not_build(compiler, finished.out);
    for (const auto& name : packages) {
      // dune's are links into its folder.
      const fs::path from = folder / "install" / context() / "lib" / name, to = entry / "lib" / name;
      TRY(make_folders(to));
      std::error_code code;
      fs::copy(from, to, fs::copy_options::recursive, code);
      if (code) return system_error("cannot copy " + from.string(), code.value(), to);
    }
    return {};
  }
};

/// What finds the compiler, and the packages that lib/ itself is made of.
Result<std::vector<std::pair<std::string, std::string>>> environment(const Cache& cache,
                                                                     const Compiler& compiler, Arch arch) {
  std::vector<std::pair<std::string, std::string>> result = {compiler.search_path(),
                                                             {"DUNE_CACHE", "disabled"}};
  if (!compiler.toolchain) return result;
  const fs::path config = TRY(provide_findlib_site(cache, compiler, arch, TRY(named_libraries(sources()))));
  result.emplace_back("OCAMLFIND_CONF", config.string());
  result.emplace_back("OCAMLPATH", "");  // the host's
  return result;
}

}  // namespace

std::set<std::string> offered_packages(const PackageNeeds& ours, const std::set<std::string>& named,
                                       const std::set<std::string>& present) {
  std::set<std::string> result;
  for (const auto& name : closure(ours, named)) {
    const auto all = closure(ours, {name});
    const bool fits =
        std::none_of(all.begin(), all.end(), [&](const auto& needed) { return present.contains(needed); });
    if (fits) result.insert(name);
  }
  return result;
}

Result<std::vector<fs::path>> provide_own_libraries(const Cache& cache, const Compiler& compiler, Arch arch,
                                                    const std::set<std::string>& named) {
  std::set<std::string> roots;
  for (const auto& name : named) roots.insert(root_package(name));
  const PackageNeeds ours = TRY(packages_of(sources()));
  if (closure(ours, roots).empty()) return Folders();  // before the compiler is asked
  const auto offered = offered_packages(ours, roots, TRY(packages_present(compiler, ours)));
  if (offered.empty()) return Folders();

  KeyBuilder key;
  key.add("version", build_version).add("compiler", compiler.key);
  key.add("packages", join({offered.begin(), offered.end()}, " "));
  TRY(key.add_tree(sources()));
  KeyBuilder work;
  work.add("root", sources().string()).add("compiler", compiler.key);
  const std::string name(arch_name(arch));
  const auto make = [&](const fs::path& entry) -> Result<void> {
    const Build build{.compiler = compiler,
                      .packages = offered,
                      .environment = TRY(environment(cache, compiler, arch)),
                      .folder = cache.root() / "dune" / ("lib-" + name + "-" + work.key())};
    return build.into(entry);
  };
  return Folders{TRY(cache.provide("lib", name, key.key(), make)) / "lib"};
}

Result<std::string> search_path_with(const Compiler& compiler, const std::vector<fs::path>& behind) {
  Folders folders = TRY(package_folders(compiler));
  folders.insert(folders.end(), behind.begin(), behind.end());
  return join({folders.begin(), folders.end()}, ":");
}

}  // namespace bactrian
