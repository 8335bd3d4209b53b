// SPDX-License-Identifier: ISC

// The image's first page table: every page has its part's rights and no more.

#include <boot/common/image_table.h>

#include <arch/riscv64/page_format.h>
#include <arch/x86_64/page_format.h>

#include <gtest/gtest.h>

namespace {
using namespace nucleus;
using namespace nucleus::boot;

struct Table {
  std::uint64_t entry[512] = {};
};

template <typename Format>
void check(const ImageParts& parts) {
  constexpr PhysAddr image_at{0x4020'0000};
  constexpr PhysAddr last_at{0x7000'0000};
  Table middle;
  Table last[max_split_blocks];
  fill_image_table<Format>(middle, last, last_at, image_at, parts);
  for (std::uint64_t offset = 0; offset < parts.end; offset += page_size) {
    std::uint64_t entry = middle.entry[Format::index(layout::image_start + offset, 1)];
    unsigned level = 1;
    if (!Format::is_leaf(entry, 1)) {
      const std::uint64_t index = (Format::address(entry) - last_at) / page_size;
      ASSERT_LT(index, max_split_blocks);
      entry = last[index].entry[Format::index(layout::image_start + offset, 0)];
      level = 0;
    }
    const std::uint64_t within = level == 1 ? offset % large_page_size : 0;
    EXPECT_EQ((Format::address(entry) + within).value, (image_at + offset).value);
    const Access expected = offset < parts.text_end     ? access_read_execute
                            : offset < parts.rodata_end ? access_read
                                                        : access_read_write;
    EXPECT_EQ(Format::access(entry), expected) << offset;
  }
}

TEST(ImageTable, GivesEachPartItsRights) {
  for (const ImageParts& parts : {ImageParts{0x9'b000, 0xa'd000, 0xf'8000},     // all in one block
                                  ImageParts{0x20'0000, 0x40'0000, 0x60'0000},  // a block each
                                  ImageParts{0x31'5000, 0x52'1000, 0x97'3000},  // two blocks are split
                                  ImageParts{0x20'0000, 0x20'1000, 0x20'2000}}) {
    check<arch::riscv64::PageFormat<3>>(parts);
    check<arch::x86_64::PageFormat>(parts);
  }
}

}  // namespace
