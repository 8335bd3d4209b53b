// SPDX-License-Identifier: ISC
#include "image/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "image/fat.h"
#include "image/gpt.h"
#include "support/hash.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// The data partition of a system is called so.
constexpr const char* system_data = "system data";
constexpr uint64_t mib = 1ULL << 20;

std::string loader_config(const DiskSpec& spec) {
  return "# Read by our own loader and by Limine.\n"
         "timeout: 0\n"
         "\n"
         "/" +
         spec.title +
         "\n"
         "    protocol: limine\n"
         "    kernel_path: boot():" +
         disk_kernel + "\n" + (spec.command_line.empty() ? "" : "    cmdline: " + spec.command_line + "\n") +
         "    module_path: boot():" + disk_bundle + "\n";
}

Result<void> write_at(int fd, uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot write the disk image", errno);
    offset += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

/// Copies a file to `offset`, leaving holes where it holds nothing but zeros.
Result<void> copy_to(int fd, uint64_t offset, const fs::path& from) {
  std::ifstream in(from, std::ios::binary);
  std::string block(64 << 10, '\0');
  for (;;) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    const std::string_view bytes = std::string_view(block).substr(0, static_cast<size_t>(in.gcount()));
    if (bytes.empty()) break;
    if (bytes.find_first_not_of('\0') != bytes.npos) TRY(write_at(fd, offset, bytes));
    offset += bytes.size();
  }
  if (in.bad()) return Error{.message = "cannot read the file", .where = from};
  return {};
}

/// What the disk's names are made of: everything that is on it.
Result<std::string> content_of(const DiskSpec& spec) {
  KeyBuilder key;
  TRY(key.add_file("loader", spec.loader));
  TRY(key.add_file("kernel", spec.kernel));
  TRY(key.add_file("bundle", spec.bundle));
  if (spec.data_size > 0) TRY(key.add_file("data", spec.data));
  key.add("config", loader_config(spec));
  return key.key();
}

Result<uint64_t> write_disk(const DiskSpec& spec, const fs::path& file, const fs::path& scratch) {
  const std::string content = TRY(content_of(spec));
  const fs::path config = scratch / "limine.conf", boot = scratch / "boot.fat";
  TRY(write_file(config, loader_config(spec)));
  const FatFiles files = {{spec.loader, disk_loader(spec.arch)},
                          {config, disk_loader_config},
                          {spec.kernel, disk_kernel},
                          {spec.bundle, disk_bundle}};
  const uint64_t boot_size = TRY(fat_size_for(files));
  const auto serial = static_cast<uint32_t>(std::stoul(sha256(content).substr(0, 8), nullptr, 16));
  TRY(make_fat(boot, boot_size, serial, files));

  std::vector<Partition> partitions = {{.type = efi_system_partition,
                                        .id = guid_from_content(content + " boot"),
                                        .name = "EFI system",
                                        .first_sector = first_usable_sector,
                                        .sector_count = boot_size / sector_size}};
  const uint64_t data_at = (first_usable_sector * sector_size) + boot_size;
  if (spec.data_size > 0)
    partitions.push_back({.type = data_partition,
                          .id = guid_from_content(content + " data"),
                          .name = spec.keeps ? system_data : "data",
                          .first_sector = data_at / sector_size,
                          .sector_count = spec.data_size / sector_size});
  // Empty: a loader's own tool fills it. Behind everything else, so that nothing else depends on it.
  const uint64_t bios_at = data_at + spec.data_size;
  const uint64_t bios_size = spec.arch == Arch::x86_64 ? mib : 0;
  if (bios_size > 0)
    partitions.push_back({.type = bios_boot_partition,
                          .id = guid_from_content(content + " BIOS"),
                          .name = "BIOS boot",
                          .first_sector = bios_at / sector_size,
                          .sector_count = bios_size / sector_size});
  const uint64_t size = bios_at + bios_size + mib;
  const PartitionTable table =
      make_partition_table(size / sector_size, guid_from_content(content + " disk"), partitions);

  const Fd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid() || ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    return system_error("cannot write the disk image", errno, file);
  TRY(write_at(fd.get(), 0, table.front));
  TRY(copy_to(fd.get(), first_usable_sector * sector_size, boot));
  if (spec.data_size > 0) TRY(copy_to(fd.get(), data_at, spec.data));
  TRY(write_at(fd.get(), size - table.back.size(), table.back));
  return size;
}

/// The sectors that hold the partition table.
Result<std::string> front_of(const fs::path& file) {
  std::string front(34 * sector_size, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(front.data(), static_cast<std::streamsize>(front.size()));
  if (!in.is_open()) return system_error("cannot read the disk image", errno, file);
  front.resize(static_cast<size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return front;
}

}  // namespace

std::string disk_loader(Arch arch) {
  switch (arch) {
    case Arch::x86_64:
      return "/EFI/BOOT/BOOTX64.EFI";
    case Arch::aarch64:
      return "/EFI/BOOT/BOOTAA64.EFI";
    case Arch::riscv64:
      return "/EFI/BOOT/BOOTRISCV64.EFI";
  }
  return {};
}

Result<uint64_t> make_disk(const DiskSpec& spec, const fs::path& file) {
  const auto scratch = TRY(TempFolder::create("bactrian-image"));
  const fs::path temporary = file.string() + ".tmp";
  auto written = write_disk(spec, temporary, scratch.path());
  std::error_code code;
  if (written.ok()) {
    fs::rename(temporary, file, code);
    if (code) written = system_error("cannot write the disk image", code.value(), file);
  }
  if (!written.ok()) fs::remove(temporary, code);
  return written;
}

bool looks_like_disk(const fs::path& file) {
  std::error_code code;
  if (!fs::is_regular_file(file, code)) return false;
  const auto front = front_of(file);
  return front.ok() && front.value().size() > sector_size + 8 &&
         front.value().substr(sector_size, 8) == "EFI PART";
}

Result<Disk> open_disk(const fs::path& file) {
  std::error_code code;
  const uint64_t size = fs::file_size(file, code);
  auto partitions = read_partition_table(TRY(front_of(file)), size / sector_size);
  if (!partitions.ok()) {
    Error error = partitions.error();
    error.where = file;
    return error;
  }
  const auto& list = partitions.value();
  const auto boot = std::find_if(list.begin(), list.end(), [](const Partition& partition) {
    return partition.type == efi_system_partition;
  });
  if (boot == list.end())
    return Error{.message = "the disk image has no EFI system partition", .where = file};
  Disk disk{.file = file, .boot_offset = boot->first_sector * sector_size};
  disk.keeps = std::any_of(list.begin(), list.end(), [](const Partition& partition) {
    return partition.type == data_partition && partition.name == system_data;
  });
  const auto scratch = TRY(TempFolder::create("bactrian-disk"));
  for (const Arch arch : all_archs) {
    disk.arch = arch;
    if (copy_from_fat(file, disk.boot_offset, disk_loader(arch), scratch.path() / "loader").ok()) return disk;
  }
  return Error{.message = "the disk image has no loader for UEFI firmware",
               .where = file,
               .remedy = "make it with `bactrian image`"};
}

}  // namespace bactrian
