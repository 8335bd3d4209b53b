// SPDX-License-Identifier: ISC

#include "memory_ranges.h"

namespace nucleus {

Result<> add_memory(BootInfo& boot, PhysRange range) {
  if (range.start.value + range.size < range.start.value) return Error::malformed;
  const std::uint64_t start = align_up(range.start.value, page_size);
  const std::uint64_t end = align_down(range.end().value, page_size);
  if (start < range.start.value || start >= end) return {};

  unsigned at = 0;
  while (at < boot.memory_count && boot.memory[at].start.value <= start) ++at;
  // Loaders cut memory by use, so most ranges continue their neighbour: joined at once, the list stays short.
  if (at > 0 && boot.memory[at - 1].end().value == start) {
    boot.memory[at - 1].size += end - start;
    return {};
  }
  if (at < boot.memory_count && boot.memory[at].start.value == end) {
    boot.memory[at] = {{start}, boot.memory[at].end().value - start};
    return {};
  }
  if (boot.memory_count == boot.memory.size()) return Error::too_many;
  for (unsigned i = boot.memory_count++; i > at; --i) boot.memory[i] = boot.memory[i - 1];
  boot.memory[at] = {{start}, end - start};
  return {};
}

Result<> add_reserved(BootInfo& boot, PhysRange range) {
  if (range.size == 0) return {};
  if (boot.reserved_count == boot.reserved.size()) return Error::too_many;
  boot.reserved[boot.reserved_count++] = range;
  return {};
}

Result<> finish_memory(BootInfo& boot) {
  unsigned kept = 0;
  for (unsigned i = 0; i < boot.memory_count; ++i) {
    const PhysRange next = boot.memory[i];
    if (kept > 0 && next.start <= boot.memory[kept - 1].end()) {
      PhysRange& last = boot.memory[kept - 1];
      if (next.end() > last.end()) last.size = next.end() - last.start;
    } else {
      boot.memory[kept++] = next;
    }
  }
  boot.memory_count = kept;
  if (kept == 0) return Error::malformed;
  return {};
}

}  // namespace nucleus
