// SPDX-License-Identifier: ISC
#include "build/components.h"

#include <algorithm>

#include "support/hash.h"
#include "support/process.h"
#include "support/root.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// The files of a folder whose names end so, sorted: an order for keys and archives.
std::vector<fs::path> files_in(const fs::path& folder, std::string_view suffix) {
  std::vector<fs::path> result;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    if (entry->path().string().ends_with(suffix)) result.push_back(entry->path());
  std::sort(result.begin(), result.end());
  return result;
}

Result<void> copy_whole(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::copy_file(from, to, code);
  if (code) return system_error("cannot copy " + from.string(), code.value(), to);
  return {};
}

/// Those lines of a build's output that tell why it failed, at most ten; the commands are long and tell
/// nothing.
std::string reasons(std::string_view output) {
  std::vector<std::string> lines;
  for (const auto& line : split(output, '\n')) {
    const bool tells = line.find("error") != std::string::npos ||
                       line.find("undefined reference") != std::string::npos ||
                       line.find("multiple definition") != std::string::npos;
    if (tells && line.size() < 400 && lines.size() < 10) lines.push_back(line);
  }
  return join(lines, "\n");
}

/// Builds a part ("nucleus", "boot": its folder's name) with ninja; the whole output goes into a log.
Result<void> run_ninja(const std::string& part, const fs::path& work) {
  const auto finished = TRY(run({.argv = {"ninja", "-C", work}, .out = Stream::pipe, .err_to_out = true}));
  if (finished.status == 0) return {};
  const fs::path log = work / "build.log";
  TRY(write_file(log, finished.out));
  return Error{.message = part + "/ does not build:\n" + reasons(finished.out),
               .remedy = "if " + part + "/ is unchanged, remove " + work.string() +
                         " and run again; else see " + log.string()};
}

/// Runs one step of a build, quietly unless it fails.
Result<void> build_step(std::vector<std::string> argv, std::string_view doing) {
  TRY(run_checked({.argv = std::move(argv), .out = Stream::pipe, .err_to_out = true}, doing));
  return {};
}

/// One build folder per checkout and variant, so that a change compiles only what it touches.
Result<fs::path> build_part(const Cache& cache, const std::string& part, const std::string& name,
                            const std::vector<std::string>& flags) {
  KeyBuilder checkout;
  checkout.add("root", project_root().string());
  const fs::path work = cache.root() / part / (".build-" + name + "-" + checkout.key());
  const auto lock = TRY(FileLock::take(work / "lock", part));
  std::error_code code;
  if (!fs::exists(work / "build.ninja", code)) {
    std::vector<std::string> configure = {"cmake", "-S", project_root() / part, "-B", work, "-G", "Ninja"};
    configure.insert(configure.end(), flags.begin(), flags.end());
    TRY(build_step(configure, "configuring " + part + "/"));
  }
  TRY(run_ninja(part, work));
  return work;
}

}  // namespace

Result<fs::path> provide_component(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {(project_root() / "toolchain" / "provide").string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto finished = TRY(run({.argv = argv, .out = Stream::pipe}));
  const std::string folder(trim(finished.out));
  if (finished.status == 0 && fs::path(folder).is_absolute()) return fs::path(folder);
  return Error{.message = "cannot set up the component '" + join(arguments, " ") + "'",
               .remedy = "see the message above; `" + shell_command(argv) + "` does this step alone"};
}

std::string cross_tool(Arch arch, std::string_view tool) {
  return std::string(arch_name(arch)) + "-linux-gnu-" + std::string(tool);
}

Result<Sysroot> provide_sysroot(Arch arch) {
  return Sysroot{.folder = TRY(provide_component({"musl", std::string(arch_name(arch))})), .arch = arch};
}

Result<fs::path> provide_gcompat(const Cache& cache, const Sysroot& sysroot) {
  const fs::path sources = project_root() / "libc" / "gcompat";
  const std::vector<std::string> flags = {"-O2",   "-fPIC",   "-ffunction-sections", "-fno-builtin",
                                          "-Wall", "-Wextra", "-U_FORTIFY_SOURCE"};
  KeyBuilder key;
  TRY(key.add_tree(sources, {".c", ".h"}));
  key.add("flags", join(flags, " ")).add("sysroot", sysroot.folder.filename().string());
  const auto make = [&](const fs::path& folder) -> Result<void> {
    std::vector<std::string> archive = {cross_tool(sysroot.arch, "ar"), "rcsD", folder / "libgcompat.a"};
    for (const auto& source : files_in(sources, ".c")) {
      archive.push_back(folder / (source.stem().string() + ".o"));
      std::vector<std::string> compile = {sysroot.gcc(), "-c", source, "-o", archive.back()};
      compile.insert(compile.end(), flags.begin(), flags.end());
      TRY(build_step(compile, "compiling " + source.string()));
    }
    return build_step(archive, "making libgcompat.a");
  };
  return TRY(cache.provide("gcompat", arch_name(sysroot.arch), key.key(), make)) / "libgcompat.a";
}

Result<Nucleus> provide_nucleus(const Cache& cache, Arch arch, bool debug) {
  const fs::path sources = project_root() / "nucleus";
  const std::string name = std::string(arch_name(arch)) + (debug ? "-debug" : "");
  KeyBuilder key;
  TRY(key.add_tree(sources));
  key.add("name", name);
  const auto make = [&](const fs::path& folder) -> Result<void> {
    const Progress progress("building the nucleus for " + name);
    const fs::path work = TRY(build_part(cache, "nucleus", name,
                                         {"-DBACTRIAN_ARCH=" + std::string(arch_name(arch)),
                                          std::string("-DBACTRIAN_DEBUG=") + (debug ? "ON" : "OFF")}));
    TRY(copy_whole(work / "nucleus.o", folder / "nucleus.o"));
    return copy_whole(work / "image.ld", folder / "image.ld");
  };
  const fs::path entry = TRY(cache.provide("nucleus", name, key.key(), make));
  return Nucleus{.object = entry / "nucleus.o", .script = entry / "image.ld"};
}

Result<fs::path> provide_acpica(Arch arch) {
  return TRY(provide_component({"acpica", std::string(arch_name(arch))})) / "acpica.o";
}

Result<fs::path> provide_redoxfs(Arch arch) {
  return TRY(provide_component({"redoxfs", std::string(arch_name(arch))})) / "redoxfs.o";
}

Result<fs::path> provide_loader(const Cache& cache, Arch arch) {
  const std::string name(arch_name(arch));
  KeyBuilder key;
  TRY(key.add_tree(project_root() / "boot"));
  // What it shares with the nucleus.
  TRY(key.add_tree(project_root() / "nucleus" / "boot" / "limine"));
  TRY(key.add_tree(project_root() / "nucleus" / "arch" / name, {"page_format.h"}));
  TRY(key.add_file("address", project_root() / "nucleus/include/nucleus/address.h"));
  TRY(key.add_file("memory functions", project_root() / "nucleus/core/memory_functions.cc"));
  key.add("name", name);
  const auto make = [&](const fs::path& folder) -> Result<void> {
    const Progress progress("building the loader for " + name);
    const fs::path work = TRY(build_part(cache, "boot", name, {"-DBACTRIAN_ARCH=" + name}));
    for (const auto& application : files_in(work, ".EFI"))
      TRY(copy_whole(application, folder / "loader.efi"));
    return {};
  };
  return TRY(cache.provide("boot", name, key.key(), make)) / "loader.efi";
}

}  // namespace bactrian
