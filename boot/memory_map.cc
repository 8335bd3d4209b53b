// SPDX-License-Identifier: ISC

#include "memory_map.h"

namespace loader {
namespace {

using nucleus::limine::MemoryEntry;
using nucleus::limine::MemoryKind;

constexpr std::uint64_t page_size = 4096;

/// The greater wins where ranges overlap.
unsigned strength(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::bad:
      return 7;
    case MemoryKind::reserved:
      return 6;
    case MemoryKind::acpi_nvs:
      return 5;
    case MemoryKind::acpi_reclaimable:
      return 4;
    case MemoryKind::bootloader_reclaimable:
      return 3;
    case MemoryKind::usable:
      return 2;
    default:
      return 1;
  }
}

void sort(std::span<std::uint64_t> numbers) {
  // Firmware's map is nearly sorted, for which insertion is the right way.
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const std::uint64_t number = numbers[i];
    std::size_t at = i;
    for (; at > 0 && numbers[at - 1] > number; --at) numbers[at] = numbers[at - 1];
    numbers[at] = number;
  }
}

bool covers(const Range& range, std::uint64_t at) {
  return range.start <= at && at - range.start < range.size;
}

/// The kind of memory at an address; false if nobody knows of any there.
bool kind_at(std::span<const Range> ranges, std::span<const Range> claims, std::uint64_t at,
             MemoryKind& kind) {
  for (const Range& claim : claims) {
    if (covers(claim, at)) {
      kind = claim.kind;
      return true;
    }
  }
  bool found = false;
  for (const Range& range : ranges) {
    if (!covers(range, at) || (found && strength(range.kind) <= strength(kind))) continue;
    kind = range.kind;
    found = true;
  }
  if (found && at < page_size && kind == MemoryKind::usable) kind = MemoryKind::reserved;
  return found;
}

}  // namespace

MemoryKind kind_of(efi::MemoryType type) {
  using efi::MemoryType;
  switch (type) {
    case MemoryType::loader_code:
    case MemoryType::loader_data:
      return MemoryKind::bootloader_reclaimable;
    case MemoryType::boot_services_code:
    case MemoryType::boot_services_data:
    case MemoryType::conventional:
      return MemoryKind::usable;
    case MemoryType::unusable:
      return MemoryKind::bad;
    case MemoryType::acpi_reclaim:
      return MemoryKind::acpi_reclaimable;
    case MemoryType::acpi_nvs:
      return MemoryKind::acpi_nvs;
    default:
      return MemoryKind::reserved;
  }
}

bool in_direct_map(MemoryKind kind) {
  return kind == MemoryKind::usable || kind == MemoryKind::bootloader_reclaimable ||
         kind == MemoryKind::executable_and_modules;
}

std::size_t make_memory_map(std::span<const Range> ranges, std::span<const Range> claims,
                            std::span<std::uint64_t> edges, std::span<MemoryEntry> map) {
  std::size_t edge_count = 0;
  if (edges.size() < 2 * (ranges.size() + claims.size()) + 2) return 0;
  for (const std::span<const Range> list : {ranges, claims}) {
    for (const Range& range : list) {
      if (range.size == 0 || range.end() < range.start) continue;
      edges[edge_count++] = range.start;
      edges[edge_count++] = range.end();
    }
  }
  edges[edge_count++] = 0;
  edges[edge_count++] = page_size;
  const auto sorted = edges.first(edge_count);
  sort(sorted);

  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < sorted.size(); ++i) {
    const std::uint64_t start = sorted[i], end = sorted[i + 1];
    MemoryKind kind{};
    if (start == end || !kind_at(ranges, claims, start, kind)) continue;
    if (count > 0 && map[count - 1].kind == kind && map[count - 1].base + map[count - 1].length == start) {
      map[count - 1].length += end - start;
      continue;
    }
    if (count == map.size()) return 0;
    map[count++] = {start, end - start, kind};
  }
  return count;
}

}  // namespace loader
