// SPDX-License-Identifier: ISC
#include "image/gpt.h"

#include <cstring>

#include "support/hash.h"

namespace bactrian {

namespace {

constexpr uint32_t entry_count = 128;
constexpr uint32_t entry_size = 128;
constexpr uint64_t entry_sectors = entry_count * entry_size / sector_size;
constexpr uint32_t header_size = 92;
constexpr std::string_view signature = "EFI PART";
constexpr uint8_t protective_type = 0xee;

/// CRC-32 as in Ethernet (reflected, 0xedb88320).
uint32_t crc32(std::string_view bytes) {
  uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
  }
  return ~crc;
}

template <typename T>
void put(std::string& bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);  // both are little-endian
}

template <typename T>
T get(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string protective_mbr(uint64_t sector_count) {
  std::string sector(sector_size, '\0');
  const size_t entry = 446;
  const uint64_t rest = sector_count - 1;
  put<uint8_t>(sector, entry + 2, 0x02);  // the first sector in the old way of counting
  put<uint8_t>(sector, entry + 4, protective_type);
  put<uint32_t>(sector, entry + 5, 0xffffff);
  put<uint8_t>(sector, entry + 4, protective_type);
  put<uint32_t>(sector, entry + 8, 1);
  put<uint32_t>(sector, entry + 12, rest > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(rest));
  put<uint16_t>(sector, 510, 0xaa55);
  return sector;
}

std::string entries_of(const std::vector<Partition>& partitions) {
  std::string bytes(entry_count * entry_size, '\0');
  size_t at = 0;
  for (const auto& partition : partitions) {
    std::memcpy(bytes.data() + at, partition.type.data(), 16);
    std::memcpy(bytes.data() + at + 16, partition.id.data(), 16);
    put<uint64_t>(bytes, at + 32, partition.first_sector);
    put<uint64_t>(bytes, at + 40, partition.first_sector + partition.sector_count - 1);
    for (size_t i = 0; i < partition.name.size() && i < 36; i++)
      put<uint16_t>(bytes, at + 56 + 2 * i, static_cast<uint8_t>(partition.name[i]));
    at += entry_size;
  }
  return bytes;
}

std::string header_at(uint64_t here, uint64_t other, uint64_t entries, uint64_t sector_count,
                      const Guid& disk, uint32_t entries_crc) {
  std::string sector(sector_size, '\0');
  std::memcpy(sector.data(), signature.data(), signature.size());
  put<uint32_t>(sector, 8, 0x10000);  // version 1.0
  put<uint32_t>(sector, 12, header_size);
  put<uint64_t>(sector, 24, here);
  put<uint64_t>(sector, 32, other);
  put<uint64_t>(sector, 40, first_usable_sector);
  put<uint64_t>(sector, 48, sector_count - sectors_at_end - 1);
  std::memcpy(sector.data() + 56, disk.data(), 16);
  put<uint64_t>(sector, 72, entries);
  put<uint32_t>(sector, 80, entry_count);
  put<uint32_t>(sector, 84, entry_size);
  put<uint32_t>(sector, 88, entries_crc);
  put<uint32_t>(sector, 16, crc32(std::string_view(sector).substr(0, header_size)));
  return sector;
}

Error damaged(const char* what) {
  return Error{.message = std::string("not a disk image: ") + what,
               .remedy = "make it again with `bactrian image`"};
}

}  // namespace

Guid guid_from_content(std::string_view content) {
  Guid guid = guid_of(sha256(content));
  guid[7] = (guid[7] & 0x0f) | 0x80;  // version 8: made by its owner's rule
  guid[8] = (guid[8] & 0x3f) | 0x80;
  return guid;
}

PartitionTable make_partition_table(uint64_t sector_count, const Guid& disk,
                                    const std::vector<Partition>& partitions) {
  const std::string entries = entries_of(partitions);
  const uint32_t crc = crc32(entries);
  const uint64_t last = sector_count - 1;
  return {.front = protective_mbr(sector_count) + header_at(1, last, 2, sector_count, disk, crc) + entries,
          .back = entries + header_at(last, 1, last - entry_sectors, sector_count, disk, crc)};
}

Result<std::vector<Partition>> read_partition_table(std::string_view front, uint64_t sector_count) {
  const size_t needed = (2 + entry_sectors) * sector_size;
  if (front.size() < needed) return damaged("it is too short");
  std::string header(front.substr(sector_size, sector_size));
  if (!header.starts_with(signature)) return damaged("it has no partition table");
  const auto crc = get<uint32_t>(header, 16);
  put<uint32_t>(header, 16, 0);
  const std::string_view entries = front.substr(2 * sector_size, entry_count * entry_size);
  if (get<uint32_t>(header, 12) != header_size ||
      crc != crc32(std::string_view(header).substr(0, header_size)) || get<uint64_t>(header, 72) != 2 ||
      get<uint32_t>(header, 80) != entry_count || get<uint32_t>(header, 84) != entry_size ||
      get<uint32_t>(header, 88) != crc32(entries))
    return damaged("its partition table is damaged");

  std::vector<Partition> partitions;
  for (size_t at = 0; at < entries.size(); at += entry_size) {
    Partition partition;
    std::memcpy(partition.type.data(), entries.data() + at, 16);
    std::memcpy(partition.id.data(), entries.data() + at + 16, 16);
    if (partition.type == Guid{}) continue;
    partition.first_sector = get<uint64_t>(entries, at + 32);
    const auto last = get<uint64_t>(entries, at + 40);
    if (partition.first_sector < first_usable_sector || last < partition.first_sector || last >= sector_count)
      return damaged("a partition lies beyond its end");
    partition.sector_count = last - partition.first_sector + 1;
    for (size_t i = 0; i < 36; i++) {
      const auto letter = get<uint16_t>(entries, at + 56 + 2 * i);
      if (letter == 0) break;
      partition.name += letter < 0x80 ? static_cast<char>(letter) : '?';
    }
    partitions.push_back(partition);
  }
  return partitions;
}

}  // namespace bactrian
