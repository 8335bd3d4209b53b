// SPDX-License-Identifier: ISC
#include "build/packages.h"

#include <algorithm>

#include "support/hash.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// Lines of `ocamlfind query` in a format of ours; an unknown package is the person's error.
Result<std::vector<std::string>> query(const fs::path& ocamlfind, const Compiler& compiler,
                                       const std::vector<std::string>& names, const std::string& format) {
  std::vector<std::string> argv = {ocamlfind, "query", "-recursive", "-predicates", "native,mt,mt_posix",
                                   "-format", format};
  argv.insert(argv.end(), names.begin(), names.end());
  const auto finished =
      TRY(run({.argv = argv, .env = {compiler.search_path()}, .out = Stream::pipe, .err = Stream::pipe}));
  if (finished.status == 0) return split(finished.out, '\n');
  return Error{.message = std::string(trim(finished.err)),
               .remedy = "install the package beside the compiler; `" + ocamlfind.string() +
                         " list` names those that are there"};
}

}  // namespace

Result<Packages> find_packages(const std::vector<std::string>& names, const Compiler& compiler) {
  Packages result;
  if (names.empty()) return result;
  const fs::path ocamlfind = compiler.tool("ocamlfind");
  if (ocamlfind.empty())
    return Error{.message = "packages need ocamlfind, which is neither beside the compiler nor in PATH",
                 .where = compiler.ocamlopt,
                 .remedy = "install it (`opam install ocamlfind`, or on Debian ocaml-findlib)"};
  // One line a package: its folder, a tab, its archives ("a.cmxa b.cmxa", often none).
  KeyBuilder key;
  for (const auto& line : TRY(query(ocamlfind, compiler, names, "%d\t%A"))) {
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
