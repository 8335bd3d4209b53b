// SPDX-License-Identifier: ISC
#include "image/fat.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "support/process.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr uint64_t mib = 1ULL << 20;
/// With clusters of one sector, fewer than 65525 of them would be FAT16.
constexpr uint64_t least_size = 48 * mib;

/// mtools and mkfs.fat, with everything that could differ from run to run fixed.
Result<void> run_tool(std::vector<std::string> argv, std::string_view doing) {
  const Command command{.argv = std::move(argv),
                        .env = {{"SOURCE_DATE_EPOCH", "315532800"},  // 1980, FAT's first day
                                {"TZ", "UTC"},
                                {"LC_ALL", "C"},
                                {"MTOOLSRC", "/dev/null"},
                                {"MTOOLS_SKIP_CHECK", "1"}},
                        .out = Stream::pipe,
                        .err_to_out = true};
  TRY(run_checked(command, doing));
  return {};
}

std::string at_offset(const fs::path& disk, uint64_t offset) {
  return disk.string() + "@@" + std::to_string(offset);
}

/// The folders above a path, outermost first.
std::vector<std::string> folders_above(const std::string& path) {
  std::vector<std::string> folders;
  for (size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
    folders.push_back(path.substr(0, at));
  return folders;
}

Result<void> make_empty_file(const fs::path& file, uint64_t size) {
  const Fd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid() || ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    return system_error("cannot make the file system", errno, file);
  return {};
}

}  // namespace

Result<uint64_t> fat_size_for(const FatFiles& files) {
  uint64_t content = 0;
  for (const auto& [host, path] : files) {
    std::error_code code;
    content += fs::file_size(host, code) + 4096;
    if (code) return system_error("cannot read the file", code.value(), host);
  }
  // The tables take 1/64 of clusters of one sector, and a person may want to add something.
  const uint64_t wanted = content + content / 16 + 8 * mib;
  return std::max(least_size, (wanted + mib - 1) / mib * mib);
}

Result<void> make_fat(const fs::path& image, uint64_t size, uint32_t volume_id, const FatFiles& files) {
  char serial[9];
  std::snprintf(serial, sizeof serial, "%08x", volume_id);
  TRY(make_empty_file(image, size));
  TRY(run_tool({"mkfs.fat", "--invariant", "-F", "32", "-s", "1", "-n", "BACTRIAN", "-i", serial, image},
               "making the file system"));
  std::set<std::string> made;
  for (const auto& [host, path] : files) {
    for (const auto& folder : folders_above(path))
      if (made.insert(folder).second) TRY(run_tool({"mmd", "-i", image, "::" + folder}, "making a folder"));
    TRY(copy_into_fat(image, 0, host, path));
  }
  return {};
}

Result<void> copy_from_fat(const fs::path& disk, uint64_t offset, const std::string& path,
                           const fs::path& to) {
  return run_tool({"mcopy", "-n", "-i", at_offset(disk, offset), "::" + path, to},
                  "copying " + path + " out of " + disk.string());
}

Result<void> copy_into_fat(const fs::path& disk, uint64_t offset, const fs::path& from,
                           const std::string& path) {
  return run_tool({"mcopy", "-o", "-i", at_offset(disk, offset), from, "::" + path},
                  "copying " + from.string() + " into " + disk.string());
}

}  // namespace bactrian
