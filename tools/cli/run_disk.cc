// SPDX-License-Identifier: ISC
#include "cli/options.h"
#include "image/disk.h"
#include "image/fat.h"
#include "run/bundle.h"
#include "run/image.h"
#include "run/limine.h"
#include "run/qemu.h"
#include "run/session.h"
#include "support/key_terminal.h"
#include "support/packages.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr uint64_t least_memory_for_firmware = 128ULL << 20;

/// What a disk image has inside already, or has not got at all.
Result<void> check_options(const RunOptions& options) {
  std::string unfit;
  if (!options.args.empty()) unfit = "arguments";
  if (!options.files.empty()) unfit = "--file";
  if (!options.env.empty()) unfit = "--env";
  if (options.gdb) unfit = "--gdb";
  if (options.target == Target::hosted) unfit = "--target hosted";
  if (unfit.empty()) return {};
  return Error{.message = "a disk image takes no " + unfit,
               .where = options.program,
               .remedy = options.gdb ? "debug the program itself: bactrian run --gdb PROGRAM"
                                     : "put it into the image's configuration, or run the program itself"};
}

/// The firmware that starts the disk, and the disk as it starts it. Limine is put on a copy in `scratch`.
Result<FirmwareBoot> prepare_firmware_boot(const Disk& disk, BootPath path, const fs::path& scratch) {
  FirmwareBoot boot{.disk = disk.file, .keeps = disk.keeps && path == BootPath::uefi};
  if (path == BootPath::limine_bios) {
    boot.disk = TRY(disk_with_bios_limine(disk, scratch));
    return boot;
  }
  boot.firmware = TRY(find_firmware(disk.arch));
  if (path == BootPath::limine) boot.disk = TRY(disk_with_uefi_limine(disk, scratch));
  return boot;
}

}  // namespace

Result<int> run_disk(const RunOptions& options) {
  TRY(check_options(options));
  TRY(check_memory_early(options.memory));
  TRY(ensure_packages({"image"}));
  const Disk disk = TRY(open_disk(options.program));
  const auto scratch = TRY(TempFolder::create("bactrian-run"));
  const std::string arch(arch_name(disk.arch));

  // Firmware boots a disk without a bundle too, and its loader then says what is missing.
  const fs::path bundle = scratch.path() / "bundle.tar";
  const auto copied = copy_from_fat(disk.file, disk.boot_offset, disk_bundle, bundle);
  if (options.boot == BootPath::direct) TRY(copied);
  const bool link = !copied.ok() || TRY(read_bundle_link(bundle)) == LinkMode::serial;
  Machine machine{.arch = disk.arch,
                  .board = options.machine,
                  .cpu = options.cpu,
                  .cpus = options.cpus,
                  .memory = options.memory};
  add_words(machine, options.qemu);
  if (options.boot == BootPath::direct) {
    TRY(ensure_packages({"run-" + arch}));
    const fs::path kernel = scratch.path() / "kernel.elf";
    TRY(copy_from_fat(disk.file, disk.boot_offset, disk_kernel, kernel));
    const auto image = TRY(prepare_image(TRY(ElfFile::open(kernel)), kernel, scratch.path()));
    std::error_code code;
    TRY(check_memory(options.memory, image, fs::file_size(bundle, code)));
    machine.kernel = image.kernel;
    machine.bundle = bundle;
    if (disk.keeps) machine.disk = disk.file;
  } else {
    TRY(ensure_packages({"run-" + arch}));
    const bool uefi = options.boot != BootPath::limine_bios;
    if (uefi) TRY(ensure_packages({"firmware-" + arch}));
    if (uefi && options.memory < least_memory_for_firmware)
      return Error{.message = "--memory " + format_size(options.memory) + " is too small for UEFI firmware",
                   .remedy = "give at least " + format_size(least_memory_for_firmware)};
    machine.firmware = TRY(prepare_firmware_boot(disk, options.boot, scratch.path()));
  }

  // A system edits lines itself, if it gets keys. Firmware reads its bundle from the disk, which stays as it
  // is.
  const bool keys = disk.keeps && link && options.boot == BootPath::direct && is_terminal(stdin);
  if (keys) {
    TRY(add_to_environment(bundle, "TERMINAL", "keys"));
    note("Ctrl-] ends the machine");
  }
  SessionSpec session{
      .command = qemu_command(machine), .link = link, .verbose = options.verbose, .keys = keys};
  if (options.timeout_s)
    session.timeout = std::chrono::milliseconds(static_cast<long long>(*options.timeout_s * 1000));
  if (options.verbose) note("running " + shell_command(session.command));
  std::optional<KeyTerminal> terminal;
  if (keys) terminal.emplace(session.in);
  const auto ended = run_session(session);
  terminal.reset();
  const auto end = TRY(ended);
  return end.had_exit ? end.status : exit_device_status(disk.arch, end.status);
}

}  // namespace bactrian
