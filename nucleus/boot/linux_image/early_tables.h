// SPDX-License-Identifier: ISC
#pragma once

// The page tables of the first moments, as the entry stub began them: what the stub could not know before the
// devicetree was read is added here. Replaced by the core's own tables soon after. Three-level formats only.

#include <nucleus/address.h>
#include <nucleus/boot_info.h>
#include <nucleus/image.h>
#include <nucleus/memory_layout.h>

#include <cstdint>

namespace nucleus::boot {

inline constexpr unsigned entries = 512;
inline constexpr std::uint64_t gigabyte = std::uint64_t{1} << 30;

struct alignas(page_size) TablePage {
  std::uint64_t entry[entries] = {};
};

template <typename Format>
class EarlyTables {
 public:
  static_assert(Format::levels() == 3);

  /// `root` is a part of the image, and the image lies in memory at `image_at`.
  EarlyTables(TablePage& root, PhysAddr image_at) : root_{root}, image_at_{image_at} {}

  /// Adds whole gigabytes to the direct map, read-write. Beyond the direct map: nothing. Returns whether any
  /// was new.
  bool map_direct(PhysRange range) {
    bool changed = false;
    const std::uint64_t end =
        range.end().value < layout::direct_map_size ? range.end().value : layout::direct_map_size;
    for (std::uint64_t at = align_down(range.start.value, gigabyte); at < end; at += gigabyte) {
      std::uint64_t& entry = root_.entry[Format::index(layout::direct({at}), 2)];
      const std::uint64_t leaf = Format::make_leaf({at}, 2, access_read_write, MemoryType::normal);
      changed = changed || entry != leaf;
      entry = leaf;
    }
    return changed;
  }

  /// Maps the page around `registers` at layout::console_page; `middle` and `last`, parts of the image,
  /// become the tables for it. Returns the registers' address.
  VirtAddr map_console(PhysAddr registers, TablePage& middle, TablePage& last) {
    const VirtAddr at = layout::console_page;
    const PhysAddr page{align_down(registers.value, page_size)};
    last.entry[Format::index(at, 0)] = Format::make_leaf(page, 0, access_read_write, MemoryType::device);
    middle.entry[Format::index(at, 1)] = Format::make_table(physical(last));
    root_.entry[Format::index(at, 2)] = Format::make_table(physical(middle));
    return at + (registers - page);
  }

 private:
  PhysAddr physical(const TablePage& part_of_image) const {
    return image_at_ + (VirtAddr::of(&part_of_image) - VirtAddr::of(image_start_address));
  }

  TablePage& root_;
  PhysAddr image_at_;
};

}  // namespace nucleus::boot
