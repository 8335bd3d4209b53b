// SPDX-License-Identifier: ISC
#pragma once

// FAT32 file systems in files, by dosfstools and mtools. The same content makes the same bytes: no time and
// no chance enters.

#include <string>
#include <utility>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// Files on the host and their absolute paths in the file system.
using FatFiles = std::vector<std::pair<fs::path, std::string>>;

/// Bytes of a file system that holds these files, with some room: whole MiB.
Result<uint64_t> fat_size_for(const FatFiles& files);

/// Makes a file system of `size` bytes in the new file `image`. `volume_id` is its serial number. Errors:
/// mkfs.fat's or mcopy's own; the files do not fit.
Result<void> make_fat(const fs::path& image, uint64_t size, uint32_t volume_id, const FatFiles& files);

/// Copies the file `path` out of the file system that begins at byte `offset` of `disk`. Errors: there is
/// none, the disk is damaged.
Result<void> copy_from_fat(const fs::path& disk, uint64_t offset, const std::string& path,
                           const fs::path& to);

/// Puts `from` at `path` there, in place of what was at it.
Result<void> copy_into_fat(const fs::path& disk, uint64_t offset, const fs::path& from,
                           const std::string& path);

}  // namespace bactrian
