// SPDX-License-Identifier: ISC
#include "build/packages.h"

#include <algorithm>

#include "build/findlib_site.h"
#include "build/own_libraries.h"
#include "support/hash.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// How ocamlfind is asked about a compiler's packages.
struct Finder {
  std::vector<std::string> command;  ///< ocamlfind, with the flags that come first
  std::vector<std::pair<std::string, std::string>> env;
  std::string remedy;  ///< for a package that it does not know
};

Result<Finder> make_finder(const Cache& cache, const std::vector<std::string>& names,
                           const Compiler& compiler, Arch arch) {
  // The configuration chooses the packages, so any ocamlfind does; a toolchain's own has its own
  // configuration.
  Compiler host = compiler;
  if (compiler.toolchain) host.ocamlopt = compiler.toolchain->host / "ocamlopt";
  host.toolchain.reset();
  const fs::path ocamlfind = host.tool("ocamlfind");
  if (ocamlfind.empty())
    return Error{.message = "packages need ocamlfind, which is neither beside the compiler nor in PATH",
                 .where = compiler.ocamlopt,
                 .remedy = "install it (`opam install ocamlfind`, or on Debian ocaml-findlib)"};
  Finder finder{.command = {ocamlfind},
                .env = {compiler.search_path()},
                .remedy = "install the package beside the compiler; `" + ocamlfind.string() +
                          " list` names those that are there"};
  const std::set<std::string> named(names.begin(), names.end());
  const auto own = TRY(provide_own_libraries(cache, compiler, arch, named));
  if (!compiler.toolchain) {
    if (!own.empty()) finder.env.emplace_back("OCAMLPATH", TRY(search_path_with(compiler, own)));
    return finder;
  }
  const fs::path config = TRY(provide_findlib_site(cache, compiler, arch, named, own));
  finder.command.insert(finder.command.end(), {"-toolchain", compiler.toolchain->name});
  finder.env.emplace_back("OCAMLFIND_CONF", config.string());
  finder.env.emplace_back("OCAMLPATH", "");  // the host's
  finder.remedy = missing_package_remedy(arch);
  return finder;
}

/// Lines of `ocamlfind query` in a format of ours; an unknown package is the person's error.
Result<std::vector<std::string>> query(const Finder& finder, const std::vector<std::string>& names,
                                       const std::string& format) {
  std::vector<std::string> argv = finder.command;
  for (const char* word : {"query", "-recursive", "-predicates", "native,mt,mt_posix", "-format"})
    argv.emplace_back(word);
  argv.push_back(format);
  argv.insert(argv.end(), names.begin(), names.end());
  const auto finished = TRY(run({.argv = argv, .env = finder.env, .out = Stream::pipe, .err = Stream::pipe}));
  if (finished.status == 0) return split(finished.out, '\n');
  return Error{.message = std::string(trim(finished.err)), .remedy = finder.remedy};
}

}  // namespace

Result<Packages> find_packages(const Cache& cache, const std::vector<std::string>& names,
                               const Compiler& compiler, Arch arch) {
  Packages result;
  if (names.empty()) return result;
  const Finder finder = TRY(make_finder(cache, names, compiler, arch));
  // One line a package: its folder, a tab, its archives ("a.cmxa b.cmxa", often none).
  KeyBuilder key;
  for (const auto& line : TRY(query(finder, names, "%d\t%A"))) {
    const size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const fs::path folder = line.substr(0, tab);
    if (std::find(result.folders.begin(), result.folders.end(), folder) == result.folders.end())
      result.folders.push_back(folder);
    for (const auto& archive : split(line.substr(tab + 1), ' ')) {
      if (archive.empty()) continue;
      const fs::path file = folder / archive;
      result.archives.push_back(file);
      TRY(key.add_file(archive, file));
      std::error_code code;
      const fs::path objects = fs::path(file).replace_extension(".a");
      if (fs::exists(objects, code)) TRY(key.add_file("objects", objects));
    }
  }
  result.key = key.key();
  return result;
}

}  // namespace bactrian
