// SPDX-License-Identifier: ISC
#pragma once

// Reading BootInfo's memory map: the page-aligned ranges that are usable and not reserved.

#include <nucleus/boot_info.h>

namespace nucleus {

/// Calls visit(PhysRange) on every maximal page-aligned part of `within` that is memory, not reserved and
/// reachable through the direct map, in ascending order for each memory range.
template <typename Visit>
void for_each_usable_range(const BootInfo& boot, PhysRange within, Visit&& visit);

/// The first moment at or after `from` where no reserved range lies, and the end of what follows up to `end`.
inline PhysRange next_unreserved(const BootInfo& boot, std::uint64_t from, std::uint64_t end) {
  // Reserved ranges may overlap and are in no order, so moving past one may land in another.
  for (bool moved = true; moved;) {
    moved = false;
    for (unsigned i = 0; i < boot.reserved_count; ++i) {
      const std::uint64_t start = align_down(boot.reserved[i].start.value, page_size);
      const std::uint64_t stop = align_up(boot.reserved[i].end().value, page_size);
      if (boot.reserved[i].size > 0 && from >= start && from < stop) {
        from = stop;
        moved = true;
      }
    }
  }
  for (unsigned i = 0; i < boot.reserved_count; ++i) {
    const std::uint64_t start = align_down(boot.reserved[i].start.value, page_size);
    if (boot.reserved[i].size > 0 && start >= from && start < end) end = start;
  }
  return {.start = {from}, .size = from < end ? end - from : 0};
}

template <typename Visit>
void for_each_usable_range(const BootInfo& boot, PhysRange within, Visit&& visit) {
  for (unsigned i = 0; i < boot.memory_count; ++i) {
    const PhysRange& memory = boot.memory[i];
    const std::uint64_t start = memory.start > within.start ? memory.start.value : within.start.value;
    const std::uint64_t stop = memory.end() < within.end() ? memory.end().value : within.end().value;
    const std::uint64_t end = align_down(stop, page_size);
    for (std::uint64_t at = align_up(start, page_size); at < end;) {
      const PhysRange part = next_unreserved(boot, at, end);
      if (part.size == 0) break;
      visit(part);
      at = part.end().value;
    }
  }
}

}  // namespace nucleus
