// SPDX-License-Identifier: ISC
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/options.h"
#include "support/packages.h"

namespace bactrian {

namespace {

/// Copies `from` to `to` whole or not at all, keeping its mode.
Result<void> copy_out(const fs::path& from, const fs::path& to) {
  const fs::path temporary = to.string() + ".tmp";
  std::error_code code;
  fs::copy_file(from, temporary, fs::copy_options::overwrite_existing, code);
  if (!code) fs::rename(temporary, to, code);
  if (code) return system_error("cannot write the image", code.value(), to);
  return {};
}

Result<void> build(const BuildOptions& options) {
  TRY(ensure_packages({"build-" + std::string(arch_name(options.arch))}));
  auto image = TRY(build_program({.program = options.program,
                                  .arch = options.arch,
                                  .target = options.target,
                                  .compiler = options.compiler,
                                  .packages = options.packages,
                                  .verbose = options.verbose,
                                  .debug = options.debug}));
  // The ELF is what is copied: `run` makes the form that QEMU wants from it, and gdb can read it.
  fs::path file = image.elf;
  if (options.output) {
    TRY(copy_out(image.elf, *options.output));
    file = *options.output;
  }
  std::error_code code;
  if (options.json) {
    const nlohmann::json description = {{"file", file.string()},
                                        {"kernel", image.kernel.string()},
                                        {"arch", arch_name(image.arch)},
                                        {"target", target_name(image.target)},
                                        {"bytes", fs::file_size(file, code)}};
    std::printf("%s\n", description.dump(2).c_str());
  } else {
    std::printf("%s\n", file.c_str());
  }
  return {};
}

}  // namespace

int command_build(const BuildOptions& options) {
  const auto result = build(options);
  if (result.ok()) return static_cast<int>(ExitStatus::ok);
  print_error(result.error());
  return result.error().status;
}

}  // namespace bactrian
