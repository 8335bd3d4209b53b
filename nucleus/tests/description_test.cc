// SPDX-License-Identifier: ISC

// The machine description from ACPI tables and from devicetrees, whole and damaged.

#include "acpi_writer.h"
#include "fdt_writer.h"
#include "physical_memory.h"

#include <platform/description/acpi.h>
#include <platform/description/devicetree.h>

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

namespace {
using namespace nucleus;
using namespace nucleus::description;
using testing_acpi::root_pointer;
using testing_acpi::Table;

/// A description that starts empty.
struct Made {
  std::unique_ptr<nucleus_machine> machine = std::make_unique<nucleus_machine>();
  Description out{*machine};
  std::string problems() const {
    std::string text;
    for (unsigned i = 0; i < machine->problem_count; ++i) text += std::string(machine->problems[i]) + "\n";
    return text;
  }
};

Table pc_madt() {
  return Table{"APIC"}
      .set<std::uint32_t>(36, 0xfee0'0000)
      .set<std::uint32_t>(40, 1)
      .add({0, 8, 7, 3, 1, 0, 0, 0})                           // UID 7, APIC id 3
      .add({0, 8, 8, 4, 0, 0, 0, 0})                           // disabled
      .add({9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0})  // x2APIC id 256, UID 9
      .add({1, 12, 2, 0, 0, 0, 0xc0, 0xfe, 24, 0, 0, 0})       // I/O APIC 2 at 0xfec00000 from line 24
      .add({2, 10, 0, 9, 9, 0, 0, 0, 0x0f, 0});                // ISA 9: low, level
}

TEST(AcpiDescription, ReadsThePcsProcessorsAndControllers) {
  Made made;
  describe_madt(pc_madt().finish(), made.out);
  const nucleus_machine& m = *made.machine;
  EXPECT_EQ(made.problems(), "");
  ASSERT_EQ(m.cpu_count, 2u);
  EXPECT_EQ(m.cpus[0].hardware_id, 3u);
  EXPECT_EQ(m.cpus[0].firmware_id, 7u);
  EXPECT_EQ(m.cpus[1].hardware_id, 256u);
  EXPECT_EQ(m.cpus[1].firmware_id, 9u);
  ASSERT_EQ(m.controller_count, 2u);
  EXPECT_EQ(m.controllers[0].kind, NUCLEUS_LOCAL_APIC);
  EXPECT_EQ(m.controllers[1].kind, NUCLEUS_IO_APIC);
  EXPECT_EQ(m.controllers[1].id, 2u);
  EXPECT_EQ(m.controllers[1].registers.start, 0xfec0'0000u);
  EXPECT_EQ(m.controllers[1].first_line, 24u);
  ASSERT_EQ(m.isa_line_count, 1u);
  EXPECT_EQ(m.isa_lines[0].line.number, 9u);
  EXPECT_EQ(m.isa_lines[0].line.flags, NUCLEUS_LINE_LEVEL | NUCLEUS_LINE_ACTIVE_LOW);
}

TEST(AcpiDescription, ReadsArmsProcessorsAndControllers) {
  Table table{"APIC"};
  table.set<std::uint64_t>(36, 0);
  std::size_t at = table.size();
  table.set<std::uint8_t>(at, 11).set<std::uint8_t>(at + 1, 80);  // a CPU interface of a GICv3
  table.set<std::uint32_t>(at + 8, 5).set<std::uint32_t>(at + 12, 1);
  table.set<std::uint64_t>(at + 60, 0x80a'0000)
      .set<std::uint64_t>(at + 68, 0x8100'0003)
      .set<std::uint32_t>(at + 76, 0);
  at += 80;
  table.set<std::uint8_t>(at, 12).set<std::uint8_t>(at + 1, 24);
  table.set<std::uint64_t>(at + 8, 0x800'0000).set<std::uint32_t>(at + 20, 3);
  at += 24;
  table.set<std::uint8_t>(at, 13).set<std::uint8_t>(at + 1, 24);
  table.set<std::uint64_t>(at + 8, 0x802'0000)
      .set<std::uint16_t>(at + 20, 64)
      .set<std::uint16_t>(at + 22, 80);
  at += 24;
  table.set<std::uint8_t>(at, 14).set<std::uint8_t>(at + 1, 16);
  table.set<std::uint64_t>(at + 4, 0x80b'0000).set<std::uint32_t>(at + 12, 0xf6'0000);
  at += 16;
  table.set<std::uint8_t>(at, 15).set<std::uint8_t>(at + 1, 20);
  table.set<std::uint32_t>(at + 4, 1).set<std::uint64_t>(at + 8, 0x808'0000).set<std::uint32_t>(at + 16, 0);
  Made made;
  describe_madt(table.finish(), made.out);
  const nucleus_machine& m = *made.machine;
  EXPECT_EQ(made.problems(), "");
  ASSERT_EQ(m.cpu_count, 1u);
  EXPECT_EQ(m.cpus[0].hardware_id, 0x8100'0003u);
  EXPECT_EQ(m.cpus[0].firmware_id, 5u);
  ASSERT_EQ(m.controller_count, 5u);
  EXPECT_EQ(m.controllers[0].kind, NUCLEUS_GIC_REDISTRIBUTORS);
  EXPECT_EQ(m.controllers[1].kind, NUCLEUS_GIC_DISTRIBUTOR_V3);
  EXPECT_EQ(m.controllers[1].registers.start, 0x800'0000u);
  EXPECT_EQ(m.controllers[2].kind, NUCLEUS_GIC_V2M);
  EXPECT_EQ(m.controllers[2].first_line, 80u);
  EXPECT_EQ(m.controllers[2].line_count, 64u);
  EXPECT_EQ(m.controllers[3].registers.size, 0xf6'0000u);
  EXPECT_EQ(m.controllers[4].kind, NUCLEUS_GIC_ITS);
}

TEST(AcpiDescription, ReadsRiscvsProcessorsAndControllers) {
  Table madt{"APIC"};
  madt.set<std::uint64_t>(36, 0);
  std::size_t at = madt.size();
  madt.set<std::uint8_t>(at, 24).set<std::uint8_t>(at + 1, 36).set<std::uint32_t>(at + 4, 1);
  madt.set<std::uint64_t>(at + 8, 2).set<std::uint32_t>(at + 16, 0);
  madt.set<std::uint64_t>(at + 24, 0x2800'2000).set<std::uint32_t>(at + 32, 0x1000);
  at += 36;
  madt.set<std::uint8_t>(at, 27).set<std::uint8_t>(at + 1, 36).set<std::uint16_t>(at + 12, 95);
  madt.set<std::uint32_t>(at + 20, 0x60'0000)
      .set<std::uint64_t>(at + 24, 0xc00'0000)
      .set<std::uint32_t>(at + 32, 0);
  Table rhct{"RHCT"};
  rhct.set<std::uint64_t>(40, 10'000'000).set<std::uint32_t>(48, 2).set<std::uint32_t>(52, 56);
  rhct.set<std::uint16_t>(56, 0).set<std::uint16_t>(58, 20).set<std::uint16_t>(62, 10);
  rhct.set_text(64, "rv64imafdc").set<std::uint16_t>(74, 0);
  rhct.set<std::uint16_t>(76, 0xffff).set<std::uint16_t>(78, 16).set<std::uint16_t>(82, 1);
  rhct.set<std::uint32_t>(84, 0).set<std::uint32_t>(88, 56);
  Made made;
  describe_madt(madt.finish(), made.out);
  describe_rhct(rhct.finish(), made.out);
  const nucleus_machine& m = *made.machine;
  EXPECT_EQ(made.problems(), "");
  ASSERT_EQ(m.cpu_count, 1u);
  EXPECT_EQ(m.cpus[0].hardware_id, 2u);
  EXPECT_STREQ(m.cpus[0].isa, "rv64imafdc");
  ASSERT_EQ(m.controller_count, 2u);
  EXPECT_EQ(m.controllers[0].kind, NUCLEUS_IMSIC);
  EXPECT_EQ(m.controllers[1].kind, NUCLEUS_PLIC);
  EXPECT_EQ(m.controllers[1].line_count, 95u);
  ASSERT_EQ(m.timer_count, 1u);
  EXPECT_EQ(m.timers[0].frequency_hz, 10'000'000u);
  EXPECT_EQ(m.power.sbi, 1u);
}

TEST(AcpiDescription, ReadsConfigurationSpaces) {
  Table table{"MCFG"};
  table.set<std::uint64_t>(36, 0);
  table.set<std::uint64_t>(44, 0xe000'0000)
      .set<std::uint16_t>(52, 1)
      .set<std::uint8_t>(54, 16)
      .set<std::uint8_t>(55, 31);
  table.set<std::uint32_t>(56, 0);
  Made made;
  describe_mcfg(table.finish(), made.out);
  EXPECT_EQ(made.problems(), "");
  ASSERT_EQ(made.machine->pci_host_count, 1u);
  EXPECT_EQ(made.machine->pci_hosts[0].segment, 1u);
  EXPECT_EQ(made.machine->pci_hosts[0].ecam.start, 0xe100'0000u);  // the table has the address of bus 0
  EXPECT_EQ(made.machine->pci_hosts[0].ecam.size, 0x100'0000u);
}

TEST(AcpiDescription, RefusesConfigurationSpacesThatCannotBe) {
  Table backwards{"MCFG"};
  backwards.set<std::uint64_t>(36, 0).set<std::uint64_t>(44, 0xe000'0000).set<std::uint32_t>(56, 0);
  backwards.set<std::uint8_t>(54, 31).set<std::uint8_t>(55, 16);
  Table wrapping{"MCFG"};
  wrapping.set<std::uint64_t>(36, 0).set<std::uint64_t>(44, ~std::uint64_t{0xfff}).set<std::uint32_t>(56, 0);
  Table cut{"MCFG"};
  cut.set<std::uint64_t>(36, 0).set<std::uint64_t>(44, 0xe000'0000);
  for (auto* table : {&backwards, &wrapping, &cut}) {
    Made made;
    describe_mcfg(table->finish(), made.out);
    EXPECT_EQ(made.machine->pci_host_count, 0u);
    EXPECT_EQ(made.machine->problem_count, 1u);
  }
}

TEST(AcpiDescription, ReadsPowerAndThePcsClocks) {
  Table table{"FACP"};
  table.set<std::uint32_t>(64, 0x604).set<std::uint32_t>(76, 0x608).set<std::uint8_t>(108, 0x32);
  table.set<std::uint32_t>(112, 1u << 10);
  table.set<std::uint8_t>(116, 1)
      .set<std::uint8_t>(117, 8)
      .set<std::uint64_t>(120, 0xcf9)
      .set<std::uint8_t>(128, 0xf);
  Made made;
  describe_fadt(table.finish(), made.out);
  const nucleus_machine& m = *made.machine;
  EXPECT_EQ(m.power.pm1a_control.address, 0x604u);
  EXPECT_EQ(m.power.pm1a_control.space, NUCLEUS_SPACE_PORTS);
  EXPECT_EQ(m.power.reset_register.address, 0xcf9u);
  EXPECT_EQ(m.power.reset_value, 0xfu);
  ASSERT_EQ(m.timer_count, 1u);
  EXPECT_EQ(m.timers[0].width, 24u);
  EXPECT_EQ(m.timers[0].registers.address, 0x608u);
  ASSERT_EQ(m.clock_count, 1u);
  EXPECT_EQ(m.clocks[0].century_index, 0x32u);

  Table reduced{"FACP"};
  reduced.set<std::uint32_t>(76, 0x608)
      .set<std::uint32_t>(112, 1u << 20)
      .set<std::uint16_t>(129, 3)
      .set<std::uint8_t>(131, 0);
  Made arm;
  describe_fadt(reduced.finish(), arm.out);
  EXPECT_EQ(arm.machine->power.psci, NUCLEUS_PSCI_HVC);
  EXPECT_EQ(arm.machine->timer_count, 0u);
  EXPECT_EQ(arm.machine->clock_count, 0u);
}

TEST(AcpiDescription, ReadsTheHpetAndArmsTimer) {
  Made made;
  describe_hpet(Table{"HPET"}
                    .set<std::uint32_t>(36, 1u << 13)
                    .set<std::uint8_t>(40, 0)
                    .set<std::uint64_t>(44, 0xfed0'0000)
                    .set<std::uint32_t>(52, 0)
                    .finish(),
                made.out);
  Table gtdt{"GTDT"};
  gtdt.set<std::uint32_t>(56, 30).set<std::uint32_t>(64, 27).set<std::uint32_t>(68, 3).set<std::uint32_t>(76,
                                                                                                          0);
  describe_gtdt(gtdt.finish(), made.out);
  const nucleus_machine& m = *made.machine;
  EXPECT_EQ(made.problems(), "");
  ASSERT_EQ(m.timer_count, 2u);
  EXPECT_EQ(m.timers[0].width, 64u);
  EXPECT_EQ(m.timers[0].registers.address, 0xfed0'0000u);
  EXPECT_EQ(m.timers[1].lines[0].number, NUCLEUS_NO_LINE);
  EXPECT_EQ(m.timers[1].lines[1].number, 30u);
  EXPECT_EQ(m.timers[1].lines[1].flags, NUCLEUS_LINE_LEVEL);
  EXPECT_EQ(m.timers[1].lines[2].flags, NUCLEUS_LINE_ACTIVE_LOW);
}

TEST(AcpiDescription, ReadsTheConsole) {
  Table table{"SPCR"};
  table.set<std::uint8_t>(36, 3).set<std::uint8_t>(41, 32).set<std::uint64_t>(44, 0x900'0000);
  table.set<std::uint8_t>(52, 8).set<std::uint32_t>(54, 33).set<std::uint8_t>(58, 7).set<std::uint32_t>(
      76, 24'000'000);
  Made made;
  describe_spcr(table.finish(), made.out);
  ASSERT_EQ(made.machine->uart_count, 1u);
  const nucleus_uart& uart = made.machine->uarts[0];
  EXPECT_EQ(uart.kind, NUCLEUS_UART_PL011);
  EXPECT_EQ(uart.registers.address, 0x900'0000u);
  EXPECT_EQ(uart.stride, 4u);
  EXPECT_EQ(uart.line.number, 33u);
  EXPECT_EQ(uart.baud, 115'200u);
  EXPECT_EQ(uart.clock_hz, 0u);  // a table of the second revision at most
}

TEST(AcpiDescription, SaysWhatIsTooShort) {
  using Decode = void (*)(Bytes, Description&);
  const std::pair<const char*, Decode> decoders[] = {
      {"APIC", describe_madt}, {"MCFG", describe_mcfg}, {"FACP", describe_fadt}, {"HPET", describe_hpet},
      {"GTDT", describe_gtdt}, {"SPCR", describe_spcr}, {"RHCT", describe_rhct}};
  for (const auto& [name, decode] : decoders) {
    Made made;
    decode(Table{name}.finish(), made.out);
    EXPECT_EQ(made.machine->problem_count, 1u) << name;
    EXPECT_NE(made.problems(), "") << name;
  }
}

TEST(AcpiDescription, SaysWhichEntriesCannotBe) {
  Made zero;
  describe_madt(Table{"APIC"}.set<std::uint64_t>(36, 0).add({0, 0}).finish(), zero.out);
  EXPECT_EQ(zero.problems(), "MADT: the entry at 44 has a length that cannot be: 0\n");
  Made beyond;
  describe_madt(Table{"APIC"}.set<std::uint64_t>(36, 0).add({0, 200, 1, 1}).finish(), beyond.out);
  EXPECT_EQ(beyond.problems(), "MADT: the entry at 44 has a length that cannot be: 200\n");
  Made shortened;
  describe_madt(
      Table{"APIC"}.set<std::uint64_t>(36, 0).add({1, 6, 0, 0, 0, 0}).add({0, 8, 1, 1, 1, 0, 0, 0}).finish(),
      shortened.out);
  EXPECT_EQ(shortened.problems(), "MADT: an entry of type 1 has only 6 bytes\n");
  EXPECT_EQ(shortened.machine->cpu_count, 1u);  // the next one is read
}

TEST(AcpiDescription, HasRoomForNoMoreThanItSays) {
  Table table = pc_madt();
  for (unsigned i = 0; i < 100; ++i)
    table.add({0, 8, i, i, 1, 0, 0, 0}).add({1, 12, i, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  Made made;
  describe_madt(table.finish(), made.out);
  EXPECT_EQ(made.machine->cpu_count, static_cast<unsigned>(NUCLEUS_MAX_CPUS));
  EXPECT_EQ(made.problems(), "more than 64 CPUs\nmore than 80 interrupt controllers\n");
}

TEST(AcpiDescription, WalksFromTheRootPointerAndSaysWhatIsBroken) {
  testing_memory::PhysicalMemory memory;
  auto broken = Table{"SPCR"}.set<std::uint64_t>(76, 0).finish();
  broken[60] ^= std::byte{1};
  memory.put(0x10'0000, broken);
  memory.put(0x20'0000, pc_madt().finish());
  memory.put(0x30'0000, Table{"XSDT"}
                            .set_text(16, "BXPC    ")
                            .set<std::uint64_t>(36, 0x10'0000)
                            .set<std::uint64_t>(44, 0x20'0000)
                            .set<std::uint64_t>(52, 0x666'0000)
                            .finish());
  memory.put(0xf'0000, root_pointer(0, 0x30'0000));
  Made made;
  describe_acpi({0xf'0000}, memory.reader(), made.out);
  EXPECT_EQ(made.machine->sources, NUCLEUS_SOURCE_ACPI);
  EXPECT_STREQ(made.machine->model, "BXPC");
  EXPECT_EQ(made.machine->cpu_count, 2u);
  ASSERT_EQ(made.machine->table_count, 1u);
  EXPECT_STREQ(made.machine->tables[0].signature, "APIC");
  EXPECT_EQ(made.problems(),
            "the ACPI table SPCR at 0x100000 has a wrong checksum\n"
            "the ACPI table at 0x6660000 is out of reach\n");

  for (const std::uint64_t at : {0x10'0000, 0x777'0000}) {
    Made nothing;
    describe_acpi({at}, memory.reader(), nothing.out);
    EXPECT_EQ(nothing.machine->sources, 0u);
    EXPECT_EQ(nothing.machine->problem_count, 1u);
  }
}

TEST(AcpiDescription, SurvivesRandomDamage) {
  std::mt19937 random{11};
  Table rhct{"RHCT"};
  rhct.set<std::uint64_t>(40, 10'000'000).set<std::uint32_t>(48, 2).set<std::uint32_t>(52, 56);
  rhct.set<std::uint16_t>(56, 0).set<std::uint16_t>(58, 20).set<std::uint16_t>(62, 10).set_text(64,
                                                                                                "rv64imafdc");
  rhct.set<std::uint16_t>(74, 0)
      .set<std::uint16_t>(76, 0xffff)
      .set<std::uint16_t>(78, 16)
      .set<std::uint16_t>(82, 1);
  rhct.set<std::uint32_t>(84, 0).set<std::uint32_t>(88, 56);
  const auto madt = pc_madt().finish();
  const auto other = rhct.finish();
  for (int round = 0; round < 20'000; ++round) {
    for (const auto* whole : {&madt, &other}) {
      auto table = *whole;
      for (unsigned change = random() % 5 + 1; change > 0; --change)
        table[36 + random() % (table.size() - 36)] = static_cast<std::byte>(random());
      table.resize(36 + random() % (table.size() - 35));
      Made made;
      describe_madt(table, made.out);
      describe_rhct(table, made.out);
      describe_mcfg(table, made.out);
      EXPECT_LE(made.machine->cpu_count, static_cast<unsigned>(NUCLEUS_MAX_CPUS));
    }
  }
}

FdtWriter arm_board() {
  FdtWriter w;
  w.begin("").cells("#address-cells", {2}).cells("#size-cells", {2}).cells("interrupt-parent", {0x8001});
  w.strings("model", "a board");
  w.begin("psci").strings("compatible", "arm,psci-1.0|arm,psci-0.2").strings("method", "smc").end();
  w.begin("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
  w.begin("cpu@100").strings("device_type", "cpu").cells("reg", {0x100}).end();
  w.end();
  w.begin("timer").strings("compatible", "arm,armv8-timer");
  w.cells("interrupts", {1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4}).end();
  w.begin("intc@8000000").strings("compatible", "arm,cortex-a15-gic").cells("#interrupt-cells", {3});
  w.cells("phandle", {0x8001}).cells("#address-cells", {2}).cells("#size-cells", {2}).flag("ranges");
  w.cells("reg", {0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000});
  w.begin("v2m@8020000").strings("compatible", "arm,gic-v2m-frame").cells("phandle", {0x8002});
  w.cells("reg", {0, 0x8020000, 0, 0x1000}).end().end();
  w.begin("pl031@9010000").strings("compatible", "arm,pl031").cells("interrupts", {0, 2, 4});
  w.cells("reg", {0, 0x9010000, 0, 0x1000}).end();
  w.begin("pl011@9000000").strings("compatible", "arm,pl011").cells("interrupts", {0, 1, 4});
  w.cells("reg", {0, 0x9000000, 0, 0x1000}).end();
  w.begin("pcie@10000000").strings("compatible", "pci-host-ecam-generic").cells("linux,pci-domain", {3});
  w.cells("#address-cells", {3}).cells("#size-cells", {2}).cells("#interrupt-cells", {1});
  w.cells("reg", {0x40, 0x10000000, 0, 0x10000000}).cells("bus-range", {0, 0xff});
  w.cells("msi-map", {0, 0x8002, 0, 0x10000});
  w.cells("ranges", {0x1000000, 0,    0,          0,    0x3eff0000, 0,    0x10000,     //
                     0x2000000, 0,    0x10000000, 0,    0x10000000, 0,    0x2eff0000,  //
                     0x3000000, 0x80, 0,          0x80, 0,          0x80, 0});
  w.cells("interrupt-map-mask", {0x1800, 0, 0, 7});
  w.cells("interrupt-map", {0,     0, 0, 1, 0x8001, 0, 0, 0, 3, 4,  //
                            0x800, 0, 0, 1, 0x8001, 0, 0, 0, 4, 4});
  w.end();
  w.begin("chosen").strings("stdout-path", "/pl011@9000000").end();
  return w;
}

Made described(const std::vector<std::uint8_t>& blob) {
  Made made;
  const auto tree = devicetree::Tree::create(blob);
  EXPECT_TRUE(tree.ok());
  describe_devicetree(tree.value(), made.out);
  return made;
}

TEST(DevicetreeDescription, ReadsAnArmBoard) {
  const Made made = described(arm_board().end().finish());
  const nucleus_machine& m = *made.machine;
  EXPECT_EQ(made.problems(), "");
  EXPECT_STREQ(m.model, "a board");
  ASSERT_EQ(m.cpu_count, 1u);
  EXPECT_EQ(m.cpus[0].hardware_id, 0x100u);
  ASSERT_EQ(m.controller_count, 2u);
  EXPECT_EQ(m.controllers[0].kind, NUCLEUS_GIC_DISTRIBUTOR_V2);
  EXPECT_EQ(m.controllers[0].more.start, 0x801'0000u);
  EXPECT_EQ(m.controllers[1].kind, NUCLEUS_GIC_V2M);
  EXPECT_EQ(m.controllers[1].registers.start, 0x802'0000u);
  ASSERT_EQ(m.timer_count, 1u);
  EXPECT_EQ(m.timers[0].lines[2].number, 27u);
  ASSERT_EQ(m.uart_count, 1u);
  EXPECT_EQ(m.uarts[0].is_console, 1u);
  EXPECT_EQ(m.uarts[0].line.number, 33u);
  EXPECT_EQ(m.uarts[0].line.flags, NUCLEUS_LINE_LEVEL);
  ASSERT_EQ(m.clock_count, 1u);
  EXPECT_EQ(m.clocks[0].kind, NUCLEUS_CLOCK_PL031);
  EXPECT_EQ(m.power.psci, NUCLEUS_PSCI_SMC);
}

TEST(DevicetreeDescription, ReadsTheHostBridge) {
  const Made made = described(arm_board().end().finish());
  ASSERT_EQ(made.machine->pci_host_count, 1u);
  const nucleus_pci_host& host = made.machine->pci_hosts[0];
  EXPECT_EQ(host.segment, 3u);
  EXPECT_EQ(host.last_bus, 255u);
  EXPECT_EQ(host.ecam.start, 0x40'1000'0000u);
  EXPECT_EQ(host.msi_controller, 0x8002u);
  ASSERT_EQ(host.window_count, 3u);
  EXPECT_EQ(host.windows[0].kind, NUCLEUS_WINDOW_PORTS);
  EXPECT_EQ(host.windows[0].cpu_address, 0x3eff'0000u);
  EXPECT_EQ(host.windows[1].bus_address, 0x1000'0000u);
  EXPECT_EQ(host.windows[2].kind, NUCLEUS_WINDOW_MEMORY_64);
  EXPECT_EQ(host.windows[2].size, 0x80'0000'0000u);
  ASSERT_EQ(host.route_count, 2u);
  EXPECT_EQ(host.route_device_mask, 0x1800u);
  EXPECT_EQ(host.routes[1].device, 0x800u);
  EXPECT_EQ(host.routes[1].line.number, 36u);
}

TEST(DevicetreeDescription, ReadsARiscvBoard) {
  FdtWriter w;
  w.begin("").cells("#address-cells", {2}).cells("#size-cells", {2}).strings("compatible", "riscv-virtio");
  w.begin("cpus")
      .cells("#address-cells", {1})
      .cells("#size-cells", {0})
      .cells("timebase-frequency", {10'000'000});
  w.begin("cpu@0").strings("device_type", "cpu").cells("reg", {0}).strings("compatible", "riscv");
  w.strings("riscv,isa", "rv64imafdch_zicsr_sstc").end();
  w.begin("cpu@1").strings("device_type", "cpu").cells("reg", {1}).strings("compatible", "riscv");
  w.strings("riscv,isa-base", "rv64i").strings("riscv,isa-extensions", "i|m|sstc").end().end();
  w.begin("soc").cells("#address-cells", {2}).cells("#size-cells", {2}).flag("ranges");
  w.begin("serial@10000000").strings("compatible", "ns16550a").cells("interrupts", {10});
  w.cells("interrupt-parent", {3})
      .cells("reg", {0, 0x10000000, 0, 0x100})
      .cells("clock-frequency", {3'686'400})
      .end();
  w.begin("plic@c000000")
      .strings("compatible", "sifive,plic-1.0.0|riscv,plic0")
      .cells("#interrupt-cells", {1});
  w.cells("#address-cells", {0}).cells("phandle", {3}).cells("reg", {0, 0xc000000, 0, 0x600000});
  w.cells("riscv,ndev", {95}).end();
  w.begin("rtc@101000")
      .strings("compatible", "google,goldfish-rtc")
      .cells("reg", {0, 0x101000, 0, 0x1000})
      .end();
  w.begin("test@100000").strings("compatible", "sifive,test1|sifive,test0|syscon");
  w.cells("reg", {0, 0x100000, 0, 0x1000}).end();
  w.end();
  const Made made = described(w.end().finish());
  const nucleus_machine& m = *made.machine;
  EXPECT_EQ(made.problems(), "");
  EXPECT_STREQ(m.model, "riscv-virtio");
  ASSERT_EQ(m.cpu_count, 2u);
  EXPECT_STREQ(m.cpus[0].isa, "rv64imafdch_zicsr_sstc");
  EXPECT_STREQ(m.cpus[1].isa, "rv64i_i_m_sstc");
  EXPECT_EQ(m.timers[0].frequency_hz, 10'000'000u);
  EXPECT_EQ(m.uarts[0].line.number, 10u);
  EXPECT_EQ(m.uarts[0].clock_hz, 3'686'400u);
  EXPECT_EQ(m.controllers[0].line_count, 95u);
  EXPECT_EQ(m.clocks[0].kind, NUCLEUS_CLOCK_GOLDFISH);
  EXPECT_EQ(m.power.finisher.start, 0x10'0000u);
  EXPECT_EQ(m.power.sbi, 1u);
}

TEST(DevicetreeDescription, SaysWhatCannotBe) {
  FdtWriter w;
  w.begin("").cells("#address-cells", {2}).cells("#size-cells", {2});
  w.begin("plic@0").strings("compatible", "riscv,plic0").end();
  w.begin("pcie@0")
      .strings("compatible", "pci-host-ecam-generic")
      .cells("reg", {0, 0x10000000, 0, 0x10000000});
  w.cells("bus-range", {9, 3}).end();
  w.begin("pcie@1").strings("compatible", "pci-host-ecam-generic").cells("reg", {0, 0x30000000, 0, 0x200000});
  w.cells("ranges", {0x2000000, 0}).cells("interrupt-map-mask", {0x1800, 0, 0, 7});
  w.cells("interrupt-map", {0, 0, 0, 1, 77, 0}).end();
  const Made made = described(w.end().finish());
  EXPECT_EQ(made.problems(),
            "devicetree: plic@0 has no registers 0 that the CPU reaches\n"
            "devicetree: pcie@0 cannot have buses 9 to 3\n"
            "devicetree: pcie@1's ranges are no whole number of entries\n"
            "devicetree: pcie@1 sends an interrupt to nobody\n");
  ASSERT_EQ(made.machine->pci_host_count, 1u);
  EXPECT_EQ(made.machine->pci_hosts[0].last_bus, 1u);  // no more than its space has room for
}

TEST(DevicetreeDescription, SurvivesRandomDamage) {
  std::mt19937 random{13};
  const auto whole = arm_board().end().finish();
  for (int round = 0; round < 20'000; ++round) {
    auto blob = whole;
    for (unsigned change = random() % 6 + 1; change > 0; --change)
      blob[random() % blob.size()] = static_cast<std::uint8_t>(random());
    const auto tree = devicetree::Tree::create(blob);
    if (!tree.ok()) continue;
    Made made;
    describe_devicetree(tree.value(), made.out);
    EXPECT_LE(made.machine->problem_count, static_cast<unsigned>(NUCLEUS_MAX_PROBLEMS));
  }
}

}  // namespace
