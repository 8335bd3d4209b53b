// SPDX-License-Identifier: ISC
#pragma once

// Reads what a loader needs of an ELF executable. Pure: also compiled into the host tests. Nothing in the
// file is trusted: what parse_elf() accepts lies in the file and in one block of memory.  Spec: [elf]

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace loader {

struct Segment {
  std::uint64_t file_offset = 0;
  std::uint64_t file_size = 0;  // the rest up to memory_size is zero
  std::uint64_t address = 0;
  std::uint64_t memory_size = 0;
  bool writable = false;
  bool executable = false;
};

struct Executable {
  static constexpr unsigned max_segments = 16;
  /// Where a Limine image is linked, or above.
  static constexpr std::uint64_t lowest_address = 0xffff'ffff'8000'0000;

  /// Ascending; no two on the same page, none both writable and executable.
  std::array<Segment, max_segments> segments{};
  unsigned segment_count = 0;
  std::uint64_t start = 0;      // link address of the whole block: of the first segment, page-aligned
  std::uint64_t size = 0;       // of the block, in whole pages
  std::uint64_t alignment = 0;  // of its physical address: a power of two, a page at least
  std::uint64_t entry = 0;
};

/// `machine` is the ELF number of our architecture. Returns null, or what is wrong, as a phrase.
const char* parse_elf(std::span<const std::byte> file, std::uint16_t machine, Executable& executable);

}  // namespace loader
