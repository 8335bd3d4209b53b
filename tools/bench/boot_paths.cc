// SPDX-License-Identifier: ISC
#include "bench/boot_paths.h"

#include <sys/stat.h>

#include "bench/qemu_debug.h"
#include "build/components.h"
#include "run/bundle.h"
#include "support/process.h"
#include "support/text.h"

namespace bactrian {
namespace {

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Result<fs::path> strip(Arch arch, const fs::path& elf, const fs::path& folder) {
  const fs::path stripped = folder / "kernel.elf";
  TRY(run_checked(
      {.argv = {cross_tool(arch, "strip"), "-o", stripped, elf}, .out = Stream::pipe, .err_to_out = true},
      "stripping the kernel"));
  return stripped;
}

}  // namespace

Result<BootTimes> time_boot(Machine machine, uint64_t kernel, uint64_t main, std::chrono::seconds timeout) {
  TempFolder scratch = TRY(TempFolder::create("bactrian-boot"));
  const fs::path gdb = scratch.path() / "gdb";
  machine.gdb_socket = gdb;
  Process process = TRY(Process::start(
      {.argv = qemu_command(machine), .in = Stream::null, .out = Stream::null, .err = Stream::null}));
  QemuDebugger debugger(TRY(QemuSocket::connect(gdb, process, Clock::now() + timeout, "gdb server")));
  BootTimes times;
  auto start = Clock::now();
  TRY(debugger.run_to(kernel));
  times.to_kernel = seconds_since(start);
  start = Clock::now();
  TRY(debugger.run_to(main));
  times.to_main = seconds_since(start);
  return times;
}

Result<MadeDisk> make_bench_disk(const BuiltImage& image, const fs::path& scratch) {
  const auto cache = TRY(Cache::open());
  const fs::path loader = TRY(provide_loader(cache, image.arch));  // made once, and kept
  const fs::path file = scratch / "disk.img";
  const auto start = Clock::now();
  BundleSpec bundle{.args = {image.elf.stem().string()},
                    .symbols = TRY(ElfFile::open(image.elf)).functions(),
                    .content = BundleContent::reproducible};
  TRY(write_bundle(bundle, scratch / "disk-bundle.tar"));
  MadeDisk made;
  made.size = TRY(make_disk({.arch = image.arch,
                             .loader = loader,
                             .kernel = TRY(strip(image.arch, image.elf, scratch)),
                             .bundle = scratch / "disk-bundle.tar",
                             .title = "bench"},
                            file));
  made.seconds = seconds_since(start);
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return system_error("cannot measure the disk image", errno, file);
  made.used = static_cast<uint64_t>(status.st_blocks) * 512;
  made.disk = TRY(open_disk(file));
  return made;
}

}  // namespace bactrian
