// SPDX-License-Identifier: ISC
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "build/final_link.h"
#include "cli/options.h"
#include "image/disk.h"
#include "run/bundle.h"
#include "run/image.h"
#include "run/qemu.h"
#include "run/session.h"
#include "support/packages.h"
#include "support/process.h"
#include "support/root.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

using std::chrono::milliseconds;

/// Below this much memory the symbol table (for backtraces) is left out of the bundle: it would take a
/// good part of the machine.
constexpr uint64_t least_memory_for_symbols = 16ULL << 20;

/// argv[0] in the program: its name without folder and ".ml".
std::string program_name(const fs::path& program) {
  fs::path path = fs::absolute(program).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.extension() == ".ml" ? path.stem() : path.filename();
}

std::vector<std::string> program_arguments(const RunOptions& options) {
  std::vector<std::string> argv = {program_name(options.program)};
  argv.insert(argv.end(), options.args.begin(), options.args.end());
  return argv;
}

std::optional<milliseconds> time_limit(const RunOptions& options) {
  if (!options.timeout_s) return {};
  return milliseconds(static_cast<long long>(*options.timeout_s * 1000));
}

/// The program as it can run: what was named if it is built already, else what is built from it.
Result<BuiltImage> find_or_build(const RunOptions& options) {
  if (ElfFile::looks_like_one(options.program)) {
    const auto elf = TRY(ElfFile::open(options.program));
    auto noted = load_image(options.program);
    if (noted.ok()) return noted;
    // Without a note of ours it may still be an image of some other kernel, but no program of this machine.
    if (is_hosted(elf)) return noted.error();
    return BuiltImage{.elf = options.program, .kernel = options.program, .arch = elf.arch()};
  }
  TRY(ensure_packages({"build-" + std::string(arch_name(options.arch))}));
  return build_program({.program = options.program,
                        .arch = options.arch,
                        .target = options.target,
                        .compiler = options.compiler,
                        .packages = options.packages,
                        .verbose = options.verbose,
                        .debug = options.debug});
}

/// The file of --trace, emptied. Not valid without --trace.
Result<Fd> open_trace(const RunOptions& options) {
  if (!options.trace) return Fd();
  Fd file(open(options.trace->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.valid()) return system_error("cannot write the trace", errno, *options.trace);
  return file;
}

/// Where lib/picox writes its trace, and where the runtime's own events are until then, in so small a ring
/// that it fits a small machine.
std::vector<std::pair<std::string, std::string>> traced(const RunOptions& options, const std::string& file) {
  auto env = options.env;
  if (!options.trace) return env;
  env.emplace_back("BACTRIAN_TRACE", file);
  env.emplace_back("OCAML_RUNTIME_EVENTS_DIR", "/tmp");
  const bool has_parameters = std::any_of(env.begin(), env.end(), [](const auto& variable) {
    return variable.first == "OCAMLRUNPARAM" || variable.first == "CAMLRUNPARAM";
  });
  if (!has_parameters) env.emplace_back("OCAMLRUNPARAM", "e=15");
  return env;
}

void tell_about_trace(const RunOptions& options) {
  std::error_code code;
  if (!options.trace || fs::file_size(*options.trace, code) > 0) return;
  note(
      "the program has written no trace: only schedulers of lib/picox do, and programs that end by "
      "themselves");
}

/// Runs the program as a Linux process, in the environment it would have on the machine: only --env, and
/// the files of --file below its working directory.
Result<int> run_hosted(const RunOptions& options, const BuiltImage& image) {
  if (image.arch != Arch::x86_64)
    return Error{
        .message = "a hosted program for " + std::string(arch_name(image.arch)) + " does not run here",
        .remedy = "leave --target away to boot it in QEMU"};
  TRY(open_trace(options));
  std::optional<TempFolder> folder;
  if (!options.files.empty()) {
    folder.emplace(TRY(TempFolder::create("bactrian-run")));
    for (const auto& [host, guest] : options.files) {
      const fs::path to = folder->path() / fs::path(guest).relative_path();
      TRY(make_folders(to.parent_path()));
      std::error_code code;
      fs::copy(host, to, fs::copy_options::recursive, code);
      if (code) return system_error("cannot copy the file", code.value(), host);
    }
  }
  Command command{.argv = program_arguments(options),
                  .program = fs::absolute(image.elf),
                  .folder = folder ? folder->path() : fs::path(),
                  .env = traced(options, options.trace ? fs::absolute(*options.trace).string() : ""),
                  .environment = Environment::empty,
                  .in = Stream::inherit,
                  .group = Group::shared};
  const auto finished = TRY(run(command, time_limit(options)));
  tell_about_trace(options);
  if (finished.timed_out)
    return Error{.message = "the time limit of " + format_duration(*time_limit(options)) + " has passed",
                 .status = finished.status};
  return finished.status;
}

/// The first function that runs where the symbols say (the code before it runs at physical addresses).
std::string first_function(const ElfFile& elf) {
  for (const char* name : {"pvh_boot", "arch_boot"})
    if (elf.has_symbol(name)) return name;
  return "*" + std::to_string(elf.entry());
}

void tell_how_to_attach(const ElfFile& elf, const fs::path& file, const fs::path& socket) {
  const std::string line = shell_command({"gdb-multiarch", "-q", fs::absolute(file).string(), "-ex",
                                          "target remote " + socket.string(), "-ex",
                                          "thbreak " + first_function(elf), "-ex", "continue"});
  std::fprintf(stderr,
               "bactrian: the machine waits before its first instruction; attach in another terminal with\n\n"
               "  %s\n\n",
               line.c_str());
}

Result<int> run_bare(const RunOptions& options, const BuiltImage& built) {
  TRY(ensure_packages({"run-" + std::string(arch_name(built.arch))}));
  const auto scratch = TRY(TempFolder::create("bactrian-run"));
  const auto elf = TRY(ElfFile::open(built.elf));
  auto image = TRY(prepare_image(elf, built.elf, scratch.path()));
  if (built.kernel != built.elf) image.kernel = built.kernel;

  BundleSpec bundle{.args = program_arguments(options),
                    .env = traced(options, "/dev/trace"),
                    .files = options.files,
                    .verbose = options.verbose};
  if (options.memory >= least_memory_for_symbols) bundle.symbols = std::move(image.symbols);
  Machine machine{.arch = built.arch,
                  .board = options.machine,
                  .cpu = options.cpu,
                  .cpus = options.cpus,
                  .memory = options.memory,
                  .kernel = image.kernel};
  add_words(machine, options.qemu);
  uint64_t bundle_size = 0;
  if (image.speaks_link) {
    machine.bundle = scratch.path() / "bundle.tar";
    bundle_size = TRY(write_bundle(bundle, *machine.bundle));
  }
  TRY(check_memory(options.memory, image, bundle_size));
  if (options.gdb) {
    TRY(ensure_packages({"gdb"}));
    machine.gdb_socket = scratch.path() / "gdb";
    tell_how_to_attach(elf, built.elf, *machine.gdb_socket);
  }
  const Fd trace = TRY(open_trace(options));
  const SessionSpec session{.command = qemu_command(machine),
                            .link = image.speaks_link,
                            .verbose = options.verbose,
                            .timeout = time_limit(options),
                            .trace = trace.valid() ? trace.get() : -1};
  if (options.verbose) note("running " + shell_command(session.command));
  const auto end = TRY(run_session(session));
  tell_about_trace(options);
  return end.had_exit ? end.status : exit_device_status(built.arch, end.status);
}

/// The executable that becomes a process: any for Linux that is given as one, else the hosted build.
Result<std::pair<fs::path, Arch>> executable_for_process(const RunOptions& options) {
  if (ElfFile::looks_like_one(options.program))
    return std::pair{options.program, TRY(ElfFile::open(options.program)).arch()};
  RunOptions hosted = options;
  hosted.target = Target::hosted;
  const auto built = TRY(find_or_build(hosted));
  return std::pair{built.elf, built.arch};
}

/// Boots the tender, which finds the executable among its files and runs it.
Result<int> run_as_process(const RunOptions& options) {
  const auto [executable, arch] = TRY(executable_for_process(options));
  RunOptions tender = options;
  tender.arch = arch;
  tender.target = Target::bare;
  tender.program = project_root() / "examples" / "process";
  tender.packages.clear();
  const auto image = TRY(find_or_build(tender));
  const std::string name = "/" + program_name(options.program);
  tender.files.emplace_back(executable, name);
  tender.args.insert(tender.args.begin(), name);
  return run_bare(tender, image);
}

/// Makes the image of a configuration where there is none yet, and boots it.
Result<int> run_system(const RunOptions& options) {
  const auto scratch = TRY(TempFolder::create("bactrian-system"));
  RunOptions disk = options;
  disk.program = options.disk.value_or(scratch.path() / "disk.img");
  std::error_code code;
  if (!fs::exists(disk.program, code))
    TRY(make_image({.config = options.program,
                    .output = disk.program,
                    .arch = options.arch,
                    .compiler = options.compiler,
                    .verbose = options.verbose,
                    .debug = options.debug}));
  return run_disk(disk);
}

Result<int> run_program(const RunOptions& options) {
  if (options.as_process) return run_as_process(options);
  if (options.system) return run_system(options);
  if (looks_like_disk(options.program)) return run_disk(options);
  if (options.boot != BootPath::direct)
    return Error{.message = "--boot is for disk images, and this is none: " + options.program.string(),
                 .remedy = "make one with `bactrian image`"};
  if (options.target == Target::bare) TRY(check_memory_early(options.memory));
  const auto image = TRY(find_or_build(options));
  return image.target == Target::hosted ? run_hosted(options, image) : run_bare(options, image);
}

}  // namespace

int command_run(const RunOptions& options) {
  const auto status = run_program(options);
  if (status.ok()) return status.value();
  print_error(status.error());
  return status.error().status;
}

}  // namespace bactrian
