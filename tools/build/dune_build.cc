// SPDX-License-Identifier: ISC
#include "build/dune_build.h"

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "build/components.h"
#include "build/findlib_site.h"
#include "build/own_libraries.h"
#include "build/shim.h"
#include "support/hash.h"
#include "support/root.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// How dune is called: what a compiler for this machine, or a cross compiler, makes of it.
struct DuneCall {
  fs::path dune, shim, folder;
  std::optional<fs::path> findlib_config = {};  ///< of a cross build
  std::string ocaml_path = {};                  ///< where it differs from the person's
};

/// One build folder for each executable: what the shim does with a link depends on which executable is ours,
/// and dune does not know that.
fs::path build_folder(const Cache& cache, const DuneTarget& target, const Compiler& compiler,
                      const fs::path& shim) {
  KeyBuilder key;
  key.add("root", target.root.string()).add("executable", target.executable.string());
  key.add("compiler", compiler.key).add("shim", shim.string());
  if (compiler.toolchain) key.add("host", compiler.toolchain->host.string());
  return cache.root() / "dune" / (target.root.filename().string() + "-" + key.key());
}

Result<DuneCall> prepare(const Cache& cache, const BuildRequest& request, const DuneTarget& target,
                         const Compiler& compiler) {
  DuneCall call{.dune = TRY(find_dune(compiler)), .shim = TRY(provide_shim(cache, compiler))};
  call.folder = build_folder(cache, target, compiler, call.shim);
  const auto named = TRY(named_libraries(target.root));
  std::vector<fs::path> own;
  if (target.root != project_root() / "lib")
    own = TRY(provide_own_libraries(cache, compiler, request.arch, named));
  if (compiler.toolchain)
    call.findlib_config = TRY(provide_findlib_site(cache, compiler, request.arch, named, own));
  else if (!own.empty())
    call.ocaml_path = TRY(search_path_with(compiler, own));
  return call;
}

std::string context_name(const Compiler& compiler) {
  return compiler.toolchain ? "default." + compiler.toolchain->name : "default";
}

std::vector<std::string> arguments(const DuneCall& call, const DuneTarget& target, const Compiler& compiler) {
  std::vector<std::string> argv = {call.dune,         compiler.toolchain ? "exec" : "build",
                                   "--root",          target.root,
                                   "--build-dir",     call.folder,
                                   "--display=quiet", "--no-print-directory"};
  // `dune build FILE` would build FILE in both contexts, and this machine may lack the libraries. Only `dune
  // exec` can be given one context: it runs a program that does nothing, with FILE as its argument.
  const std::vector<std::string> what =
      compiler.toolchain ? std::vector<std::string>{"-x",
                                                    compiler.toolchain->name,
                                                    "--context",
                                                    context_name(compiler),
                                                    "--",
                                                    "/bin/true",
                                                    "%{dep:" + target.executable.string() + "}"}
                         : std::vector<std::string>{target.executable};
  argv.insert(argv.end(), what.begin(), what.end());
  return argv;
}

std::vector<std::pair<std::string, std::string>> environment(const DuneCall& call, const DuneTarget& target,
                                                             const Compiler& compiler) {
  auto env = recorder_environment(compiler, target.executable);
  const auto [name, path] = compiler.search_path();
  env.emplace_back(name, (call.shim / "bin").string() + ":" + path);
  if (call.findlib_config) env.emplace_back("OCAMLFIND_CONF", call.findlib_config->string());
  if (!call.ocaml_path.empty()) env.emplace_back("OCAMLPATH", call.ocaml_path);
  env.emplace_back("DUNE_CACHE", "disabled");  // shared results would not know of the takeover
  if (std::getenv("DUNE_PROFILE") == nullptr) env.emplace_back("DUNE_PROFILE", "release");
  if (is_terminal(stderr)) env.emplace_back("CLICOLOR_FORCE", "1");
  return env;
}

Error does_not_build(const BuildRequest& request, const DuneTarget& target, const Compiler& compiler,
                     const std::string& output) {
  std::string remedy = "see the messages above (file names are relative to that folder)";
  const std::string missing = missing_library(output);
  if (compiler.toolchain && !missing.empty())
    remedy = "if " + missing + " is missing for " + std::string(arch_name(request.arch)) + ": " +
             missing_package_remedy(request.arch);
  return Error{.message = "the dune project does not build", .where = target.root, .remedy = remedy};
}

}  // namespace

Result<fs::path> find_dune(const Compiler& compiler) {
  const fs::path dune = compiler.tool("dune");
  if (!dune.empty()) return dune;
  return TRY(provide_component({"ocaml"})) / "bin" / "dune";
}

std::string missing_library(std::string_view messages) {
  constexpr std::string_view before = "Library \"", after = "\" not found";
  const size_t end = messages.find(after);
  if (end == std::string_view::npos) return {};
  const size_t at = messages.substr(0, end).rfind(before);
  return at == std::string_view::npos
             ? std::string()
             : std::string(messages.substr(at + before.size(), end - at - before.size()));
}

Result<fs::path> build_dune_program(const Cache& cache, const BuildRequest& request, const DuneTarget& target,
                                    const Compiler& compiler) {
  const DuneCall call = TRY(prepare(cache, request, target, compiler));
  const auto lock =
      TRY(FileLock::take(call.folder.string() + ".lock", "the build of " + target.root.string()));
  const auto argv = arguments(call, target, compiler);
  if (request.verbose) std::fprintf(stderr, "+ %s\n", shell_command(argv).c_str());
  Progress progress("building " + target.executable.string() + " with dune");
  const auto finished = TRY(run(
      {.argv = argv, .env = environment(call, target, compiler), .out = Stream::pipe, .err_to_out = true}));
  progress.clear();
  if (!finished.out.empty()) {
    // The compiler names files relative to the root; editors understand dune's own line for that.
    if (target.root != fs::current_path())
      std::fprintf(stderr, "Entering directory '%s'\n", target.root.c_str());
    std::fputs(finished.out.c_str(), stderr);
  }
  if (finished.status != 0) return does_not_build(request, target, compiler, finished.out);
  return call.folder / context_name(compiler) / target.executable;
}

}  // namespace bactrian
