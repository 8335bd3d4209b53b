// SPDX-License-Identifier: ISC
#include "run/limine.h"

#include <cstdlib>

#include "image/fat.h"
#include "support/process.h"

namespace bactrian {

namespace {

fs::path limine_folder() {
  const char* const set = std::getenv("LIMINE_DIR");
  return set != nullptr && *set != '\0' ? set : "/usr/share/limine";
}

Result<fs::path> find_file(const std::string& name) {
  const fs::path file = limine_folder() / name;
  std::error_code code;
  if (fs::exists(file, code)) return file;
  return Error{.message = "Limine is not here",
               .where = file,
               .remedy = "install Limine 8 or newer and set LIMINE_DIR to the folder of its " + name +
                         "; --boot uefi uses our own loader"};
}

Result<fs::path> copy_of(const Disk& disk, const fs::path& scratch) {
  const fs::path copy = scratch / "disk.img";
  std::error_code code;
  fs::copy_file(disk.file, copy, code);
  if (code) return system_error("cannot copy the disk image", code.value(), copy);
  return copy;
}

/// Limine's own tool, of the same version as its files: built beside them, or from the source that lies
/// there, else what a distribution has installed.
Result<fs::path> provide_tool(const fs::path& scratch) {
  const fs::path folder = limine_folder();
  std::error_code code;
  if (fs::exists(folder / "limine", code)) return folder / "limine";
  if (!fs::exists(folder / "limine.c", code)) return fs::path("limine");
  const fs::path tool = scratch / "limine";
  TRY(run_checked(
      {.argv = {"cc", "-O1", "-o", tool, folder / "limine.c"}, .out = Stream::pipe, .err_to_out = true},
      "compiling Limine's tool"));
  return tool;
}

}  // namespace

Result<fs::path> disk_with_uefi_limine(const Disk& disk, const fs::path& scratch) {
  const std::string loader = disk_loader(disk.arch);
  const fs::path limine = TRY(find_file(fs::path(loader).filename()));
  const fs::path copy = TRY(copy_of(disk, scratch));
  TRY(copy_into_fat(copy, disk.boot_offset, limine, loader));
  return copy;
}

Result<fs::path> disk_with_bios_limine(const Disk& disk, const fs::path& scratch) {
  if (disk.arch != Arch::x86_64)
    return Error{
        .message = "a BIOS boots x86_64 only, and the disk image is for " + std::string(arch_name(disk.arch)),
        .where = disk.file,
        .remedy = "use --boot limine"};
  const fs::path limine = TRY(find_file("limine-bios.sys"));
  const fs::path copy = TRY(copy_of(disk, scratch));
  TRY(copy_into_fat(copy, disk.boot_offset, limine, disk_bios_loader));
  TRY(run_checked(
      {.argv = {TRY(provide_tool(scratch)), "bios-install", copy}, .out = Stream::pipe, .err_to_out = true},
      "installing Limine for a BIOS"));
  return copy;
}

}  // namespace bactrian
