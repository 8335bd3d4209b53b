// SPDX-License-Identifier: ISC
#pragma once

// The GUID partition table of a disk image: pure, bytes in and out.  Format: [uefi "GUID Partition Table
// (GPT) Disk Layout"].

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace bactrian {

inline constexpr uint64_t sector_size = 512;

/// As it lies on the disk.
using Guid = std::array<uint8_t, 16>;

/// "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" as it lies on the disk: the first three numbers are little-endian.
constexpr Guid guid_of(std::string_view text) {
  constexpr int places[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  Guid guid{};
  unsigned digits = 0;
  for (const char c : text) {
    if (c == '-' || digits == 32) continue;
    const auto digit = static_cast<uint8_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    uint8_t& byte = guid[places[digits++ / 2]];
    byte = static_cast<uint8_t>(byte << 4 | digit);
  }
  return guid;
}

inline constexpr Guid efi_system_partition = guid_of("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
/// Linux' "file system data": known to every tool, and used by none of itself.
inline constexpr Guid data_partition = guid_of("0FC63DAF-8483-4772-8E79-3D69D8477DE4");

/// Where a loader for a BIOS has the part of itself that it starts with.
inline constexpr Guid bios_boot_partition = guid_of("21686148-6449-6E6F-744E-656564454649");

/// A GUID that follows from a text and nothing else.
Guid guid_from_content(std::string_view content);

struct Partition {
  Guid type{};
  Guid id{};
  std::string name;  ///< ASCII, at most 36
  uint64_t first_sector = 0;
  uint64_t sector_count = 0;
};

/// What lies around the partitions of a disk.
struct PartitionTable {
  std::string front;  ///< the disk's first sectors: protective MBR, header, entries
  std::string back;   ///< its last sectors: entries, backup header
};

/// The first sector that a partition may have: 1 MiB, as everybody aligns.
inline constexpr uint64_t first_usable_sector = 2048;
/// Sectors at the end of the disk that no partition may have.
inline constexpr uint64_t sectors_at_end = 33;

/// The table of a disk of `sector_count` sectors.
PartitionTable make_partition_table(uint64_t sector_count, const Guid& disk,
                                    const std::vector<Partition>& partitions);

/// The partitions of a disk that starts with `front` (34 sectors at least). Errors: no table, or one whose
/// checksums do not hold, or a partition out of `sector_count`.
Result<std::vector<Partition>> read_partition_table(std::string_view front, uint64_t sector_count);

}  // namespace bactrian
