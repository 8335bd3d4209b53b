// SPDX-License-Identifier: ISC
#include "build/dune_build.h"

#include <cstdio>
#include <cstdlib>

#include "build/components.h"
#include "build/shim.h"
#include "support/hash.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// The compiler's own dune, else the one in PATH, else the private one.
Result<fs::path> find_dune(const Compiler& compiler) {
  const fs::path dune = compiler.tool("dune");
  if (!dune.empty()) return dune;
  return TRY(provide_component({"ocaml"})) / "bin" / "dune";
}

/// One build folder for each executable: what the shim does with a link depends on which executable is ours,
/// and dune does not know that.
fs::path build_folder(const Cache& cache, const DuneTarget& target, const Compiler& compiler,
                      const fs::path& shim) {
  KeyBuilder key;
  key.add("root", target.root.string()).add("executable", target.executable.string());
  key.add("compiler", compiler.key).add("shim", shim.string());
  return cache.root() / "dune" / (target.root.filename().string() + "-" + key.key());
}

std::vector<std::pair<std::string, std::string>> dune_environment(const Compiler& compiler,
                                                                  const DuneTarget& target,
                                                                  const fs::path& shim) {
  auto env = recorder_environment(compiler, target.executable);
  const auto [name, path] = compiler.search_path();
  env.emplace_back(name, (shim / "bin").string() + ":" + path);
  env.emplace_back("DUNE_CACHE", "disabled");  // shared results would not know of the takeover
  if (std::getenv("DUNE_PROFILE") == nullptr) env.emplace_back("DUNE_PROFILE", "release");
  if (is_terminal(stderr)) env.emplace_back("CLICOLOR_FORCE", "1");
  return env;
}

}  // namespace

Result<fs::path> build_dune_program(const Cache& cache, const BuildRequest& request, const DuneTarget& target,
                                    const Compiler& compiler) {
  const fs::path dune = TRY(find_dune(compiler)), shim = TRY(provide_shim(cache, compiler));
  const fs::path folder = build_folder(cache, target, compiler, shim);
  const auto lock = TRY(FileLock::take(folder.string() + ".lock", "the build of " + target.root.string()));
  const std::vector<std::string> argv = {dune,
                                         "build",
                                         "--root",
                                         target.root,
                                         "--build-dir",
                                         folder,
                                         "--display=quiet",
                                         "--no-print-directory",
                                         target.executable};
  if (request.verbose) std::fprintf(stderr, "+ %s\n", shell_command(argv).c_str());
  Progress progress("building " + target.executable.string() + " with dune");
  const auto finished = TRY(run({.argv = argv,
                                 .env = dune_environment(compiler, target, shim),
                                 .out = Stream::pipe,
                                 .err_to_out = true}));
  progress.clear();
  if (!finished.out.empty()) {
    // The compiler names files relative to the root; editors understand dune's own line for that.
    if (target.root != fs::current_path())
      std::fprintf(stderr, "Entering directory '%s'\n", target.root.c_str());
    std::fputs(finished.out.c_str(), stderr);
  }
  if (finished.status != 0)
    return Error{.message = "the dune project does not build",
                 .where = target.root,
                 .remedy = "see the messages above (file names are relative to that folder)"};
  return folder / "default" / target.executable;
}

}  // namespace bactrian
