// SPDX-License-Identifier: ISC

// A disk's GUID partition table, its checksums mended where it is long enough to have any.

#include "entry.h"
#include "image/gpt.h"

#include <cstring>
#include <string>

namespace {

/// Spec: [uefi "EFI_TABLE_HEADER"]
std::uint32_t crc32(const char* bytes, std::size_t size) {
  std::uint32_t crc = ~0u;
  for (std::size_t i = 0; i < size; i++) {
    crc ^= static_cast<std::uint8_t>(bytes[i]);
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb8'8320u & -(crc & 1));
  }
  return ~crc;
}

void mend(std::string& disk) {
  constexpr std::size_t header = 512, entries = 1024, entries_size = 128 * 128;
  if (disk.size() < entries + entries_size) return;
  const std::uint32_t of_entries = crc32(&disk[entries], entries_size);
  std::memcpy(&disk[header + 88], &of_entries, 4);
  std::memset(&disk[header + 16], 0, 4);
  const std::uint32_t of_header = crc32(&disk[header], 92);
  std::memcpy(&disk[header + 16], &of_header, 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string disk(reinterpret_cast<const char*>(data), size);
  (void)bactrian::read_partition_table(disk, 131072);
  mend(disk);
  const auto partitions = bactrian::read_partition_table(disk, 131072);
  if (!partitions.ok()) return 0;
  for (const auto& partition : partitions.value())
    if (partition.sector_count > 131072 || partition.first_sector > 131072 - partition.sector_count)
      __builtin_trap();
  return 0;
}
