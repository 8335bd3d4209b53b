// SPDX-License-Identifier: ISC
#include <cstdio>

#include "build/components.h"
#include "build/fs_program.h"
#include "cli/options.h"
#include "image/config.h"
#include "image/disk.h"
#include "run/bundle.h"
#include "run/elf.h"
#include "support/packages.h"
#include "support/process.h"
#include "support/root.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// The kernel as it lies on the disk: without what only debuggers read. The bundle has the symbols for
/// backtraces.
Result<fs::path> strip(Arch arch, const fs::path& elf, const fs::path& folder) {
  const fs::path stripped = folder / "kernel.elf";
  TRY(run_checked(
      {.argv = {cross_tool(arch, "strip"), "-o", stripped, elf}, .out = Stream::pipe, .err_to_out = true},
      "stripping the kernel"));
  return stripped;
}

Result<void> copy_into(const fs::path& from, const fs::path& to) {
  TRY(make_folders(to.parent_path()));
  std::error_code code;
  fs::copy(
      from, to,
      fs::copy_options::recursive | fs::copy_options::copy_symlinks | fs::copy_options::overwrite_existing,
      code);
  if (code) return system_error("cannot copy " + from.string(), code.value(), to);
  return {};
}

/// What a system's data partition holds: `data_from`, over it the files, and the programs as executables.
Result<fs::path> gather_data(const ImageConfig& config, const ImageOptions& options, const fs::path& folder) {
  const fs::path root = folder / "root";
  TRY(make_folders(root));
  std::error_code code;
  if (fs::is_directory(config.data_from, code))
    TRY(copy_into(config.data_from, root));
  else if (!config.data_from.empty())
    TRY(run_checked({.argv = {"tar", "-xf", config.data_from, "-C", root, "--no-same-owner"},
                     .out = Stream::pipe,
                     .err_to_out = true},
                    "unpacking " + config.data_from.string()));
  for (const auto& [host, guest] : config.files) TRY(copy_into(host, root / fs::path(guest).relative_path()));
  for (const auto& [host, guest] : config.programs) {
    const auto built = TRY(build_program({.program = host,
                                          .arch = options.arch,
                                          .target = Target::hosted,
                                          .compiler = options.compiler,
                                          .verbose = options.verbose}));
    const fs::path to = root / fs::path(guest).relative_path();
    TRY(make_folders(to.parent_path()));
    TRY(run_checked({.argv = {cross_tool(options.arch, "strip"), "-o", to, built.elf},
                     .out = Stream::pipe,
                     .err_to_out = true},
                    "stripping a program"));
  }
  return root;
}

/// The file system of the data partition. All that is random in it follows from nothing but the seed, and
/// nothing in it tells who made it, or when.
Result<fs::path> make_data(const ImageConfig& config, const fs::path& folder) {
  const fs::path file = folder / "data.img";
  std::vector<std::string> argv = {TRY(provide_fs_program()),        "make",   file, "--size",
                                   std::to_string(config.data_size), "--seed", "1",  "--anonymous"};
  if (!config.data_from.empty()) argv.insert(argv.end(), {"--from", config.data_from});
  const auto finished = TRY(run({.argv = argv, .out = Stream::pipe, .err_to_out = true}));
  if (finished.status == 0) return file;
  return Error{.message = "the data partition could not be made:\n" + std::string(trim(finished.out)),
               .where = config.data_from,
               .status = finished.status};
}

std::string name_of(const fs::path& program) {
  fs::path path = fs::absolute(program).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.extension() == ".ml" ? path.stem() : path.filename();
}

}  // namespace

Result<void> make_image(const ImageOptions& options) {
  ImageConfig config = TRY(read_image_config(options.config));
  TRY(ensure_packages({"build-" + std::string(arch_name(options.arch)), "image"}));
  if (config.system) config.program = project_root() / "kernel";
  const auto built = TRY(build_program({.program = config.program,
                                        .arch = options.arch,
                                        .compiler = options.compiler,
                                        .packages = config.packages,
                                        .verbose = options.verbose,
                                        .debug = options.debug}));
  Progress progress("making " + options.output.string());
  const auto scratch = TRY(TempFolder::create("bactrian-image"));
  const std::string name = name_of(config.program);
  if (config.system) {
    config.data_from = TRY(gather_data(config, options, scratch.path()));
    config.files.clear();
  }
  BundleSpec bundle{.env = config.env,
                    .files = config.files,
                    .link = config.console,
                    .symbols = TRY(ElfFile::open(built.elf)).functions(),
                    .content = BundleContent::reproducible};
  bundle.args = {name};
  bundle.args.insert(bundle.args.end(), config.args.begin(), config.args.end());
  progress.update("boot bundle");
  TRY(write_bundle(bundle, scratch.path() / "bundle.tar"));
  if (config.data_size > 0) progress.update("data");
  const fs::path data = config.data_size > 0 ? TRY(make_data(config, scratch.path())) : fs::path();
  progress.update("kernel and loader");
  DiskSpec disk{.arch = options.arch,
                .loader = TRY(provide_loader(TRY(Cache::open()), options.arch)),
                .kernel = TRY(strip(options.arch, built.elf, scratch.path())),
                .bundle = scratch.path() / "bundle.tar",
                .title = name,
                .command_line = config.command_line,
                .data = data,
                .keeps = config.system,
                .data_size = config.data_size};
  progress.update("file system");
  const uint64_t size = TRY(make_disk(disk, options.output));
  progress.clear();
  if (options.verbose) note("wrote " + options.output.string() + ", " + format_size(size));
  return {};
}

int command_image(const ImageOptions& options) {
  const auto result = make_image(options);
  if (result.ok()) return static_cast<int>(ExitStatus::ok);
  print_error(result.error());
  return result.error().status;
}

}  // namespace bactrian
