// SPDX-License-Identifier: ISC
#pragma once

// From firmware's memory map to the protocol's: sorted, without overlaps, neighbours of one kind joined.
// Pure: also compiled into the host tests.  Spec: [limine "Memory Map Feature"]

#include <boot/limine/protocol.h>

#include "efi.h"

#include <cstdint>
#include <span>

namespace loader {

struct Range {
  std::uint64_t start = 0;
  std::uint64_t size = 0;
  nucleus::limine::MemoryKind kind = nucleus::limine::MemoryKind::reserved;
  std::uint64_t end() const { return start + size; }
};

/// What memory of this type is once boot services are over.
nucleus::limine::MemoryKind kind_of(efi::MemoryType type);

/// Whether memory of this kind belongs into the direct map.
bool in_direct_map(nucleus::limine::MemoryKind kind);

/// Puts the map that `ranges` make into `map`. Where ranges overlap, the one with the lesser use wins (bad
/// before reserved before ... before usable), but those of `claims` (image, modules, frame buffer) before
/// all. The first page is never usable. `edges` is room for 2 * (ranges + claims) + 2 numbers. Returns the
/// count, 0 if `map` or `edges` is too small.
std::size_t make_memory_map(std::span<const Range> ranges, std::span<const Range> claims,
                            std::span<std::uint64_t> edges, std::span<nucleus::limine::MemoryEntry> map);

}  // namespace loader
