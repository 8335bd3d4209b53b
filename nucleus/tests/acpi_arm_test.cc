// SPDX-License-Identifier: ISC

// What an Arm port learns from ACPI's tables, whole and damaged ones.

#include "acpi_writer.h"
#include "physical_memory.h"

#include <platform/acpi_arm/machine.h>

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace {
using namespace nucleus;
using namespace nucleus::devicetree;
using testing_acpi::root_pointer;
using testing_acpi::Table;

struct MadtWriter {
  Table table{"APIC"};
  MadtWriter() { table.set<std::uint64_t>(36, 0); }

  MadtWriter& cpu(std::uint64_t affinity, std::uint32_t flags, std::uint64_t interface,
                  std::uint64_t redistributor) {
    const std::size_t at = entry(11, 80);
    table.set<std::uint32_t>(at + 12, flags).set<std::uint64_t>(at + 32, interface);
    table.set<std::uint64_t>(at + 60, redistributor).set<std::uint64_t>(at + 68, affinity);
    return *this;
  }
  MadtWriter& distributor(std::uint8_t version) {
    table.set<std::uint64_t>(entry(12, 24) + 8, 0x800'0000).set<std::uint8_t>(table.size() - 4, version);
    return *this;
  }
  MadtWriter& redistributors(std::uint64_t start, std::uint32_t size) {
    const std::size_t at = entry(14, 16);
    table.set<std::uint64_t>(at + 4, start).set<std::uint32_t>(at + 12, size);
    return *this;
  }
  MadtWriter& part(std::uint8_t type, std::uint8_t size, std::uint64_t address) {
    table.set<std::uint64_t>(entry(type, size) + 8, address);
    return *this;
  }
  std::size_t entry(std::uint8_t type, std::uint8_t size) {
    const std::size_t at = table.size();
    table.set<std::uint8_t>(at, type).set<std::uint8_t>(at + 1, size).set<std::uint8_t>(at + size - 1, 0);
    return at;
  }
};

class ArmAcpi : public testing::Test {
 protected:
  std::string decode(std::vector<Table> tables) {
    testing_memory::PhysicalMemory memory;
    Table list{"XSDT"};
    std::uint64_t at = 0x2000;
    for (Table& table : tables) {
      list.set<std::uint64_t>(list.size(), at);
      memory.put(at, table.finish());
      at += 0x1000;
    }
    memory.put(0x1000, list.finish());
    memory.put(0x500, root_pointer(0, 0x1000));
    machine = {};
    const char* problem = acpi::decode_arm_machine({0x500}, memory.reader(), machine);
    return problem == nullptr ? "" : problem;
  }
  Machine machine;
};

TEST_F(ArmAcpi, ReadsAGicV3) {
  MadtWriter madt;
  madt.distributor(3).cpu(0, 1, 0, 0).cpu(1, 1, 0, 0).cpu(2, 0, 0, 0);
  madt.redistributors(0x80a'0000, 0xf6'0000).part(15, 20, 0x808'0000);
  Table timer{"GTDT"};
  timer.set<std::uint32_t>(64, 27).set<std::uint32_t>(95, 0);
  Table fixed{"FACP"};
  fixed.set<std::uint16_t>(129, 3);
  Table console{"SPCR"};
  console.set<std::uint8_t>(36, 3).set<std::uint64_t>(44, 0x900'0000).set<std::uint8_t>(52, 8);
  console.set<std::uint32_t>(54, 33).set<std::uint32_t>(76, 0);
  ASSERT_EQ(decode({madt.table, timer, fixed, console}), "");
  EXPECT_EQ(machine.interrupt_controller.kind, InterruptControllerKind::gic_v3);
  EXPECT_EQ(machine.interrupt_controller.registers.start.value, 0x800'0000u);
  EXPECT_EQ(machine.interrupt_controller.cpu_registers.start.value, 0x80a'0000u);
  EXPECT_EQ(machine.interrupt_controller.cpu_registers.size, 0xf6'0000u);
  EXPECT_EQ(machine.message_translator.start.value, 0x808'0000u);
  EXPECT_EQ(machine.virtual_timer_interrupt, 27u);
  EXPECT_EQ(machine.psci, PsciConduit::hvc);
  EXPECT_EQ(machine.uart.kind, UartKind::pl011);
  EXPECT_EQ(machine.uart.device.registers.start.value, 0x900'0000u);
  EXPECT_EQ(machine.uart.device.interrupt, 33u);
  ASSERT_EQ(machine.cpu_count, 2u);
  EXPECT_EQ(machine.cpus[1].hardware_id, 1u);
}

TEST_F(ArmAcpi, ReadsAGicV2) {
  MadtWriter madt;
  madt.cpu(0, 1, 0x801'0000, 0).distributor(2).part(13, 24, 0x802'0000);
  Table fixed{"FACP"};
  fixed.set<std::uint16_t>(129, 1);
  ASSERT_EQ(decode({fixed, madt.table}), "");
  EXPECT_EQ(machine.interrupt_controller.kind, InterruptControllerKind::gic_v2);
  EXPECT_EQ(machine.interrupt_controller.cpu_registers.start.value, 0x801'0000u);
  EXPECT_EQ(machine.message_frame.start.value, 0x802'0000u);
  EXPECT_EQ(machine.psci, PsciConduit::smc);
  EXPECT_FALSE(machine.uart.device.present());
}

TEST_F(ArmAcpi, JoinsRedistributorsThatEachCpuNames) {
  MadtWriter madt;
  madt.distributor(0).cpu(1, 1, 0, 0x80c'0000).cpu(0, 1, 0, 0x80a'0000);
  ASSERT_EQ(decode({madt.table}), "");
  EXPECT_EQ(machine.interrupt_controller.cpu_registers.start.value, 0x80a'0000u);
  EXPECT_EQ(machine.interrupt_controller.cpu_registers.size, 0x4'0000u);
}

TEST_F(ArmAcpi, TellsWhatIsMissing) {
  EXPECT_NE(decode({Table{"GTDT"}}), "");
  EXPECT_NE(decode({MadtWriter{}.distributor(3).table}), "") << "no redistributors";
  testing_memory::PhysicalMemory memory;
  EXPECT_NE(acpi::decode_arm_machine({0x500}, memory.reader(), machine), nullptr);
}

TEST_F(ArmAcpi, SurvivesRandomDamage) {
  std::mt19937_64 random{7};
  for (unsigned round = 0; round < 5'000; ++round) {
    MadtWriter madt;
    madt.distributor(3).cpu(0, 1, 0x801'0000, 0x80a'0000).redistributors(0x80a'0000, 0xf6'0000);
    for (unsigned changes = 1 + random() % 6; changes > 0; --changes)
      madt.table.set<std::uint8_t>(36 + random() % (madt.table.size() - 36),
                                   static_cast<std::uint8_t>(random()));
    (void)decode({madt.table});
    EXPECT_LE(machine.cpu_count, Machine::max_cpus);
    const PhysRange range = machine.interrupt_controller.cpu_registers;
    EXPECT_GE(range.end(), range.start);
  }
}

}  // namespace
