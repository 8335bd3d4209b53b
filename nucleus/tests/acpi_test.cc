// SPDX-License-Identifier: ISC

// ACPI tables as firmware gives them, short, broken and out of reach ones included.

#include "acpi_writer.h"
#include "physical_memory.h"

#include <platform/acpi/tables.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string_view>

namespace {
using namespace nucleus;
using namespace nucleus::acpi;

using testing_acpi::root_pointer;
using testing_acpi::Table;

Table madt() {
  return Table{"APIC"}
      .set<std::uint32_t>(36, 0xfee0'0000)
      .set<std::uint32_t>(40, 1)
      .add({0, 8, 0, 0, 1, 0, 0, 0})                     // APIC id 0
      .add({0, 8, 1, 1, 1, 0, 0, 0})                     // APIC id 1
      .add({0, 8, 2, 2, 0, 0, 0, 0})                     // disabled
      .add({1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0})  // I/O APIC at 0xfec00000
      .add({2, 10, 0, 0, 2, 0, 0, 0, 0, 0})              // ISA 0 -> 2
      .add({2, 10, 0, 9, 9, 0, 0, 0, 0x0f, 0});          // ISA 9: low, level
}

TEST(Acpi, ReadsProcessorsAndInterruptControllers) {
  Machine machine;
  decode_madt(madt().finish(), machine);
  EXPECT_EQ(machine.local_apic, PhysAddr{0xfee0'0000});
  ASSERT_EQ(machine.processor_count, 2u);
  EXPECT_EQ(machine.processors[1].apic_id, 1u);
  ASSERT_EQ(machine.io_apic_count, 1u);
  EXPECT_EQ(machine.io_apics[0].registers, PhysAddr{0xfec0'0000});
  ASSERT_EQ(machine.override_count, 2u);
  EXPECT_EQ(machine.overrides[0].line, 2u);
  EXPECT_FALSE(machine.overrides[0].level_triggered);
  EXPECT_TRUE(machine.overrides[1].active_low);
  EXPECT_TRUE(machine.overrides[1].level_triggered);
}

TEST(Acpi, StopsAtEntriesThatCannotBe) {
  Machine machine;
  decode_madt(Table{"APIC"}.set<std::uint64_t>(36, 0).add({0, 0}).add({0, 8, 1, 1, 1, 0, 0, 0}).finish(),
              machine);
  EXPECT_EQ(machine.processor_count, 0u);
  decode_madt(Table{"APIC"}.set<std::uint64_t>(36, 0).add({0, 200, 1, 1, 1}).finish(), machine);
  EXPECT_EQ(machine.processor_count, 0u);
}

TEST(Acpi, CountsNoMoreThanItHasRoomFor) {
  Table table = madt();
  for (unsigned i = 0; i < 200; ++i) table.add({0, 8, i, i, 1, 0, 0, 0}).add({2, 10, 0, 1, 1, 0, 0, 0, 0, 0});
  Machine machine;
  decode_madt(table.finish(), machine);
  EXPECT_EQ(machine.processor_count, Machine::max_processors);
  EXPECT_EQ(machine.override_count, machine.overrides.size());
}

TEST(Acpi, ReadsPowerRegistersOfShortTables) {
  Machine machine;
  decode_fadt(Table{"FACP"}.set<std::uint32_t>(64, 0x604).set<std::uint32_t>(76, 0x608).finish(), machine);
  EXPECT_EQ(machine.fadt.pm1a_control.space, Register::Space::io);
  EXPECT_EQ(machine.fadt.pm1a_control.address, 0x604u);
  EXPECT_EQ(machine.fadt.pm_timer.address, 0x608u);
  EXPECT_FALSE(machine.fadt.pm_timer_has_32_bits());
  EXPECT_FALSE(machine.fadt.sleep_control.present());
  EXPECT_FALSE(machine.fadt.pm1b_control.present());
}

TEST(Acpi, PrefersExtendedRegisters) {
  Machine machine;
  decode_fadt(Table{"FACP"}
                  .set<std::uint32_t>(76, 0x608)
                  .set<std::uint32_t>(112, 1u << 8)
                  .set<std::uint8_t>(208, 0)
                  .set<std::uint64_t>(212, 0xfed0'8000)
                  .set<std::uint8_t>(244, 0)
                  .set<std::uint64_t>(248, 0xfea0'0000)
                  .finish(),
              machine);
  EXPECT_EQ(machine.fadt.pm_timer.space, Register::Space::memory);
  EXPECT_EQ(machine.fadt.pm_timer.address, 0xfed0'8000u);
  EXPECT_TRUE(machine.fadt.pm_timer_has_32_bits());
  EXPECT_FALSE(machine.fadt.reset.present());
  EXPECT_EQ(machine.fadt.sleep_control.address, 0xfea0'0000u);
}

TEST(Acpi, ReadsTheResetRegister) {
  Machine machine;
  decode_fadt(Table{"FACP"}
                  .set<std::uint32_t>(112, 1u << 10)
                  .set<std::uint8_t>(116, 1)
                  .set<std::uint64_t>(120, 0xcf9)
                  .set<std::uint8_t>(128, 0xf)
                  .finish(),
              machine);
  EXPECT_EQ(machine.fadt.reset.space, Register::Space::io);
  EXPECT_EQ(machine.fadt.reset.address, 0xcf9u);
  EXPECT_EQ(machine.fadt.reset_value, 0xf);
}

TEST(Acpi, FindsTheSoftOffPackage) {
  Machine machine;
  find_soft_off(Table{"DSDT"}
                    .add({'_', 'S', '5', '_', 0x70})  // a mention that is no package
                    .add({0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, 0x05, 0x01, 0x00, 0x00})
                    .finish(),
                machine);
  EXPECT_TRUE(machine.has_soft_off);
  EXPECT_EQ(machine.soft_off_type_a, 5);
  EXPECT_EQ(machine.soft_off_type_b, 1);
}

TEST(Acpi, TakesNoSoftOffFromACutTable) {
  Machine machine;
  find_soft_off(Table{"DSDT"}.add({'_', 'S', '5', '_'}).finish(), machine);
  find_soft_off(Table{"DSDT"}.add({'_', 'S', '5', '_', 0x12}).finish(), machine);
  find_soft_off(Table{"DSDT"}.add({'_', 'S', '5', '_', 0x12, 0xff, 1, 2}).finish(), machine);
  find_soft_off(Table{"DSDT"}.add({'_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0a}).finish(), machine);
  EXPECT_FALSE(machine.has_soft_off);
}

TEST(Acpi, WalksFromTheRootPointer) {
  for (const bool extended : {false, true}) {
    testing_memory::PhysicalMemory memory;
    memory.put(0x10'0000, madt().finish());
    memory.put(0x20'0000,
               Table{"HPET"}.set<std::uint8_t>(40, 0).set<std::uint64_t>(44, 0xfed0'0000).finish());
    Table list{extended ? "XSDT" : "RSDT"};
    unsigned offset = 36;
    for (std::uint64_t at : {0x10'0000, 0x666'0000, 0x20'0000}) {  // the second is out of reach
      extended ? list.set<std::uint64_t>(offset, at)
               : list.set<std::uint32_t>(offset, static_cast<std::uint32_t>(at));
      offset += extended ? 8 : 4;
    }
    memory.put(0x30'0000, list.finish());
    memory.put(0xf'59e0, root_pointer(extended ? 0 : 0x30'0000, extended ? 0x30'0000 : 0));
    Machine machine;
    EXPECT_TRUE(read_machine({0xf'59e0}, memory.reader(), machine));
    EXPECT_EQ(machine.processor_count, 2u);
    EXPECT_EQ(machine.hpet, PhysAddr{0xfed0'0000});
    EXPECT_EQ(find_root_pointer(memory.reader()), PhysAddr{0xf'59e0});
  }
}

TEST(Acpi, TakesNothingThatFailsItsChecksum) {
  testing_memory::PhysicalMemory memory;
  auto broken = madt().finish();
  broken[50] ^= std::byte{1};
  memory.put(0x10'0000, broken);
  memory.put(0x30'0000, Table{"RSDT"}.set<std::uint32_t>(36, 0x10'0000).finish());
  memory.put(0xf'0000, root_pointer(0x30'0000, 0));
  Machine machine;
  EXPECT_TRUE(read_machine({0xf'0000}, memory.reader(), machine));
  EXPECT_EQ(machine.processor_count, 0u);

  auto root = root_pointer(0x30'0000, 0);
  root[17] ^= std::byte{1};
  memory.put(0xf'0000, root);
  EXPECT_FALSE(read_machine({0xf'0000}, memory.reader(), machine));
  EXPECT_EQ(find_root_pointer(memory.reader()), PhysAddr{});
}

}  // namespace
