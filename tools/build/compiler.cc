// SPDX-License-Identifier: ISC
#include "build/compiler.h"

#include <sys/stat.h>

#include <cstdlib>

#include "build/components.h"
#include "support/hash.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// What tells a changed file from the one before, without reading it.
std::string signature(const fs::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return "absent";
  return std::to_string(info.st_ino) + "," + std::to_string(info.st_size) + "," +
         std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
}

std::string compiler_key(const fs::path& ocamlopt, const std::string& config_text,
                         const CompilerConfig& config) {
  KeyBuilder key;
  key.add("path", ocamlopt.string()).add("config", config_text).add("ocamlopt", signature(ocamlopt));
  for (const char* file :
       {"stdlib.cmxa", "stdlib.a", "libasmrun.a", "unix/unix.cmxa", "threads/threads.cmxa"})
    key.add(file, signature(fs::path(config.standard_library()) / file));
  return key.key();
}

Error unfit(const Compiler& compiler, const CompilerReport& report) {
  return Error{
      .message = "this compiler does not fit: " + join(report.problems, "; "),
      .where = compiler.ocamlopt,
      .remedy = "`bactrian doctor --compiler " + shell_word(compiler.ocamlopt.string()) + "` tells more"};
}

constexpr std::string_view cross_suffix = "-ocamlopt";

/// The toolchain of a compiler called TOOLCHAIN-ocamlopt that has its host's OCaml in ../native.
std::optional<FindlibToolchain> toolchain_of(const fs::path& ocamlopt) {
  const std::string name = ocamlopt.filename();
  const fs::path host = ocamlopt.parent_path().parent_path() / "native" / "bin";
  std::error_code code;
  if (!name.ends_with(cross_suffix) || !fs::is_directory(host, code)) return {};
  return FindlibToolchain{
      .name = name.substr(0, name.size() - cross_suffix.size()), .host = host, .host_is_private = true};
}

/// The private cross compiler. An OCaml in PATH becomes its host where it is of the same version (syntax
/// trees go from one to the other): its ppx rewriters can then be used.
Result<Compiler> private_cross_compiler(Arch arch) {
  const std::string name(arch_name(arch));
  const fs::path prefix = TRY(provide_component({"ocaml-cross", name}));
  Compiler compiler = TRY(load_compiler(prefix / "bin" / (name + "_bactrian" + std::string(cross_suffix))));
  const fs::path in_path = find_program("ocamlopt");
  if (in_path.empty() || !compiler.toolchain) return compiler;
  const auto host = load_compiler(fs::absolute(in_path));
  if (host.ok() && host.value().config.version() == compiler.config.version() &&
      judge(host.value().config, Arch::x86_64).fits) {
    compiler.toolchain->host = host.value().folder();
    compiler.toolchain->host_is_private = false;
  }
  return compiler;
}

Result<Compiler> private_compiler(Arch arch) {
  if (arch != Arch::x86_64) return private_cross_compiler(arch);
  return load_compiler(TRY(provide_component({"ocaml"})) / "bin" / "ocamlopt");
}

}  // namespace

fs::path Compiler::tool(std::string_view name) const {
  std::vector<fs::path> candidates;
  if (toolchain) candidates.push_back(folder() / (toolchain->name + "-" + std::string(name)));
  const fs::path& plain = toolchain ? toolchain->host : folder();
  candidates.push_back(plain / (std::string(name) + ".opt"));
  candidates.push_back(plain / name);
  std::error_code code;
  for (const auto& candidate : candidates)
    if (fs::exists(candidate, code)) return candidate;
  return find_program(name);
}

std::string Compiler::name() const {
  return (config.is_oxcaml() ? "OxCaml " : "OCaml ") + config.version() + " (" + ocamlopt.string() + ")";
}

std::pair<std::string, std::string> Compiler::search_path() const {
  const char* path = std::getenv("PATH");
  const std::string host = toolchain ? toolchain->host.string() + ":" : "";
  return {"PATH", folder().string() + ":" + host + (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin")};
}

Result<fs::path> locate_ocamlopt(const fs::path& named) {
  std::error_code code;
  const fs::path absolute = fs::absolute(named).lexically_normal();
  if (!fs::exists(absolute, code))
    return Error{.message = "no such compiler", .where = named, .remedy = "give the path of an ocamlopt"};
  if (!fs::is_directory(absolute, code)) return absolute;
  for (const char* folder : {"", "bin", "_opam/bin"})
    for (const char* name : {"ocamlopt", "ocamlopt.opt"})
      if (fs::exists(absolute / folder / name, code)) return absolute / folder / name;
  return Error{.message = "this folder has no ocamlopt, neither itself nor in bin/ or _opam/bin/",
               .where = named,
               .remedy = "give the path of an ocamlopt, or of the folder that holds it"};
}

Result<Compiler> load_compiler(const fs::path& ocamlopt) {
  auto finished = run({.argv = {ocamlopt.string(), "-config"}, .out = Stream::pipe, .err = Stream::pipe},
                      std::chrono::seconds(60));
  if (!finished.ok() && finished.error().status == static_cast<int>(ExitStatus::interrupted))
    return finished.error();
  const bool ran = finished.ok() && finished.value().status == 0;
  auto config = CompilerConfig::parse(ran ? finished.value().out : "");
  if (!config.ok())
    return Error{.message = "this is no OCaml native compiler that runs here (`ocamlopt -config` failed)",
                 .where = ocamlopt,
                 .remedy = "give the path of an ocamlopt"};
  Compiler result{.ocamlopt = ocamlopt, .config = config.value()};
  result.key = compiler_key(ocamlopt, finished.value().out, result.config);
  result.toolchain = toolchain_of(ocamlopt);
  result.compiled_for_glibc = !result.config.field("target").ends_with("musl");
  return result;
}

Result<Compiler> choose_compiler(const BuildRequest& request) {
  if (request.compiler) {
    auto compiler = TRY(load_compiler(TRY(locate_ocamlopt(*request.compiler))));
    const auto report = judge(compiler.config, request.arch);
    if (!report.fits) return unfit(compiler, report);
    return compiler;
  }
  const fs::path in_path = request.arch == Arch::x86_64 ? find_program("ocamlopt") : fs::path();
  if (!in_path.empty()) {
    auto compiler = load_compiler(fs::absolute(in_path));
    if (compiler.ok()) {
      const auto report = judge(compiler.value().config, request.arch);
      if (report.fits) return compiler;
      note("not using the compiler in PATH: " + report.problems.front());
    }
  }
  return private_compiler(request.arch);
}

}  // namespace bactrian
