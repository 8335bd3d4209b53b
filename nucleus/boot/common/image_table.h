// SPDX-License-Identifier: ISC
#pragma once

// The first page table of the image, with each part's own rights: text is executed, constants are read, data
// is written, and nothing is two of these. For boot paths that make their tables themselves.
//
// fill_image_table() may run before paging is on, at the image's physical address. So all that it uses lies
// in its arguments or is computed from them.

#include <nucleus/address.h>
#include <nucleus/image.h>
#include <nucleus/memory_layout.h>

#include <cstdint>

namespace nucleus::boot {

/// Offsets in the image, whole pages.
struct ImageParts {
  std::uint64_t text_end = 0;
  std::uint64_t rodata_end = 0;
  std::uint64_t end = 0;
};

inline ImageParts image_parts() {
  const auto offset = [](const char* at) {
    return static_cast<std::uint64_t>(at - static_cast<const char*>(image_start_address));
  };
  return {offset(image_rodata_start), offset(image_data_start), offset(image_data_end)};
}

constexpr Access rights_at(const ImageParts& parts, std::uint64_t offset) {
  return offset < parts.text_end     ? access_read_execute
         : offset < parts.rodata_end ? access_read
                                     : access_read_write;
}

/// How many blocks of 2 MiB can hold a place where rights change.
inline constexpr unsigned max_split_blocks = 2;

/// Maps the image, which lies at `image_at`, in `middle`, the table of the 2 MiB pages of its gigabyte, which
/// is empty. `last`, max_split_blocks empty tables that lie at `last_at`, become those of blocks with pages
/// of different rights.
template <typename Format, typename Table>
void fill_image_table(Table& middle, Table* last, PhysAddr last_at, PhysAddr image_at,
                      const ImageParts& parts) {
  for (std::uint64_t block = 0; block < parts.end; block += large_page_size) {
    std::uint64_t& entry = middle.entry[Format::index(layout::image_start + block, 1)];
    const Access rights = rights_at(parts, block);
    if (block >= parts.rodata_end || rights_at(parts, block + large_page_size - 1) == rights) {
      entry = Format::make_leaf(image_at + block, 1, rights, MemoryType::normal);
      continue;
    }
    for (std::uint64_t page = 0; page < large_page_size; page += page_size)
      last->entry[page / page_size] =
          Format::make_leaf(image_at + block + page, 0, rights_at(parts, block + page), MemoryType::normal);
    entry = Format::make_table(last_at);
    ++last;
    last_at = last_at + page_size;
  }
}

}  // namespace nucleus::boot
