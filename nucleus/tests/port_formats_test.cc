// SPDX-License-Identifier: ISC

// The page-table entries and trap codes of aarch64 and riscv64, which are pure and so compile anywhere.

#include <arch/aarch64/page_format.h>
#include <arch/aarch64/syndrome.h>
#include <arch/riscv64/cause.h>
#include <arch/riscv64/page_format.h>

#include <gtest/gtest.h>

namespace {
using namespace nucleus;

template <typename Format>
class PortPageFormat : public testing::Test {};
using Formats =
    testing::Types<arch::aarch64::PageFormat, arch::riscv64::Sv39, arch::riscv64::Sv48, arch::riscv64::Sv57>;
TYPED_TEST_SUITE(PortPageFormat, Formats);

constexpr PhysAddr high_page{0x00ab'cdef'7000};

TYPED_TEST(PortPageFormat, LeavesKeepAddressAndAccess) {
  for (unsigned level : {0u, 1u}) {
    const PhysAddr at{align_down(high_page.value, page_size << (9 * level))};
    for (bool user : {false, true}) {
      for (Access access : {access_read, access_read_write, access_read_execute}) {
        access.user = user;
        for (MemoryType type : {MemoryType::normal, MemoryType::device, MemoryType::write_combining}) {
          const std::uint64_t entry = TypeParam::make_leaf(at, level, access, type);
          EXPECT_TRUE(TypeParam::is_present(entry));
          EXPECT_TRUE(TypeParam::is_leaf(entry, level));
          EXPECT_EQ(TypeParam::address(entry), at);
          EXPECT_EQ(TypeParam::access(entry), access);
        }
      }
    }
  }
}

TYPED_TEST(PortPageFormat, TablesAreNoLeaves) {
  const std::uint64_t entry = TypeParam::make_table(high_page);
  EXPECT_TRUE(TypeParam::is_present(entry));
  for (unsigned level = 1; level < TypeParam::levels(); ++level)
    EXPECT_FALSE(TypeParam::is_leaf(entry, level));
  EXPECT_EQ(TypeParam::address(entry), high_page);
}

TYPED_TEST(PortPageFormat, NoAccessIsAbsent) {
  EXPECT_EQ(TypeParam::make_leaf(high_page, 0, access_none, MemoryType::normal), 0u);
  EXPECT_FALSE(TypeParam::is_present(0));
  EXPECT_EQ(TypeParam::access(0), access_none);
}

TYPED_TEST(PortPageFormat, IndexesTheUpperHalf) {
  const VirtAddr image{0xffff'ffff'8020'3000};
  EXPECT_EQ(TypeParam::index(image, 0), 3u);
  EXPECT_EQ(TypeParam::index(image, 1), 1u);
  EXPECT_EQ(TypeParam::index(image, 2), 510u);
  EXPECT_EQ(TypeParam::index({0xffff'ffc0'0000'0000}, 2), 256u);
}

// Known encodings, worked out by hand from the manuals.
TEST(Aarch64PageFormat, EncodesKnownLeaves) {
  using Format = arch::aarch64::PageFormat;
  EXPECT_EQ(Format::make_leaf({0x4000'0000}, 1, access_read_execute, MemoryType::normal),
            0x0040'0000'4000'0781u);
  EXPECT_EQ(Format::make_leaf({0x0900'0000}, 0, access_read_write, MemoryType::device),
            0x0060'0000'0900'0707u);
  const Access user_code{.read = true, .execute = true, .user = true};
  EXPECT_EQ(Format::make_leaf({0x5000}, 0, user_code, MemoryType::normal), 0x0020'0000'0000'5fc3u);
}

TEST(RiscvPageFormat, EncodesKnownLeaves) {
  using Format = arch::riscv64::Sv39;
  EXPECT_EQ(Format::make_leaf({0x8020'0000}, 1, access_read_execute, MemoryType::normal), 0x2008'00ebu);
  EXPECT_EQ(Format::make_leaf({0x1000'0000}, 0, access_read_write, MemoryType::device), 0x0400'00e7u);
  const Access user_data{.read = true, .write = true, .user = true};
  EXPECT_EQ(Format::make_leaf({0x5000}, 0, user_data, MemoryType::normal), 0x1417u);
}

TEST(Aarch64Syndrome, TellsFaultsApart) {
  using namespace arch::aarch64;
  EXPECT_EQ(fault_kind(0x9600'0044), FaultKind::write);  // translation fault at level 0, on a store
  EXPECT_EQ(fault_kind(0x9600'0006), FaultKind::read);
  EXPECT_EQ(fault_kind(0x9600'0146), FaultKind::read);  // cache maintenance, which claims to write
  EXPECT_EQ(fault_kind(0x9600'0021), FaultKind::alignment);
  EXPECT_EQ(fault_kind(0x8600'0006), FaultKind::execute);
  EXPECT_EQ(fault_kind(0x0200'0000), FaultKind::illegal_instruction);
  EXPECT_EQ(fault_kind(0xf200'0000), FaultKind::breakpoint);
  EXPECT_EQ(fault_kind(0xbe00'0000), FaultKind::protection);  // system error
  EXPECT_TRUE(has_fault_address(0x9600'0044));
  EXPECT_FALSE(has_fault_address(0x0200'0000));
}

TEST(RiscvCause, TellsFaultsApart) {
  using namespace arch::riscv64;
  EXPECT_EQ(fault_kind(12), FaultKind::execute);
  EXPECT_EQ(fault_kind(13), FaultKind::read);
  EXPECT_EQ(fault_kind(15), FaultKind::write);
  EXPECT_EQ(fault_kind(2), FaultKind::illegal_instruction);
  EXPECT_EQ(fault_kind(3), FaultKind::breakpoint);
  EXPECT_EQ(fault_kind(6), FaultKind::alignment);
  EXPECT_EQ(fault_kind(5), FaultKind::protection);  // nothing answers there: no page to bring in
  EXPECT_TRUE(has_fault_address(15));
  EXPECT_FALSE(has_fault_address(2));
  EXPECT_TRUE(is_interrupt(interrupt_bit | 5));
  EXPECT_FALSE(has_fault_address(interrupt_bit | 5));
}

}  // namespace
