// SPDX-License-Identifier: ISC
#pragma once

// A bootable disk: GPT, an EFI system partition with loader, kernel and boot bundle, a data partition; on
// x86_64 an empty one for the loader of a BIOS.

#include <optional>
#include <string>

#include "build/build.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// Where things lie in the EFI system partition.
inline constexpr const char* disk_kernel = "/boot/kernel.elf";
inline constexpr const char* disk_bundle = "/boot/bundle.tar";
inline constexpr const char* disk_loader_config = "/limine/limine.conf";
/// Where Limine on a BIOS looks for the rest of itself.
inline constexpr const char* disk_bios_loader = "/limine/limine-bios.sys";
/// The name by which firmware finds a loader on any disk: /EFI/BOOT/BOOTX64.EFI and so on.
std::string disk_loader(Arch arch);

struct DiskSpec {
  Arch arch = Arch::x86_64;
  fs::path loader;  ///< a UEFI application
  fs::path kernel;  ///< an ELF file
  fs::path bundle;
  std::string title;         ///< for a boot menu
  std::string command_line;  ///< for the kernel
  fs::path data;             ///< content of the data partition; empty: none
  bool keeps = false;        ///< what is written there is to stay: a system's
  uint64_t data_size = 0;    ///< bytes of it, whole MiB
};

/// Writes the disk whole or not at all. The same content makes the same bytes. Returns its size. Errors: a
/// file that cannot be read, a full disk.
Result<uint64_t> make_disk(const DiskSpec& spec, const fs::path& file);

/// A disk that make_disk() has written.
struct Disk {
  fs::path file;
  uint64_t boot_offset = 0;  ///< of the EFI system partition
  Arch arch = Arch::x86_64;
  bool keeps = false;  ///< as in DiskSpec
};

/// Whether the file starts as a disk with a GPT does. False for what cannot be read.
bool looks_like_disk(const fs::path& file);

/// Errors: damaged; no EFI system partition; no loader of a known architecture in it.
Result<Disk> open_disk(const fs::path& file);

}  // namespace bactrian
