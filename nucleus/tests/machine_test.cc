// SPDX-License-Identifier: ISC

#include <platform/devicetree/machine.h>

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "fdt_writer.h"

namespace {
using namespace nucleus;
using namespace nucleus::devicetree;

Machine machine_of(const std::vector<std::uint8_t>& blob) {
  auto tree = Tree::create(blob);
  EXPECT_TRUE(tree.ok());
  return decode_machine(tree.value());
}

FdtWriter arm_board() {
  FdtWriter w;
  w.begin("").cells("#address-cells", {2}).cells("#size-cells", {2}).cells("interrupt-parent", {0x8001});
  w.begin("psci").strings("compatible", "arm,psci-1.0|arm,psci-0.2").strings("method", "smc").end();
  w.begin("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
  w.begin("cpu@0").strings("device_type", "cpu").cells("reg", {0}).end();
  w.begin("cpu@1").strings("device_type", "cpu").cells("reg", {0x100}).end();
  w.end();
  w.begin("timer").strings("compatible", "arm,armv8-timer|arm,armv7-timer");
  w.cells("interrupts", {1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104}).end();
  w.begin("intc@8000000").strings("compatible", "arm,cortex-a15-gic").cells("#interrupt-cells", {3});
  w.cells("reg", {0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000}).end();
  w.begin("pl031@9010000").strings("compatible", "arm,pl031|arm,primecell").cells("interrupts", {0, 2, 4});
  w.cells("reg", {0, 0x9010000, 0, 0x1000}).end();
  w.begin("pl011@9000000").strings("compatible", "arm,pl011|arm,primecell").cells("interrupts", {0, 1, 4});
  w.cells("reg", {0, 0x9000000, 0, 0x1000}).end();
  return w;
}

TEST(Machine, DecodesAnArmBoard) {
  const Machine m = machine_of(arm_board().end().finish());
  EXPECT_EQ(m.uart.kind, UartKind::pl011);
  EXPECT_EQ(m.uart.device.registers.start.value, 0x9000000u);
  EXPECT_EQ(m.uart.device.interrupt, 33u);
  EXPECT_EQ(m.interrupt_controller.kind, InterruptControllerKind::gic_v2);
  EXPECT_EQ(m.interrupt_controller.registers.start.value, 0x8000000u);
  EXPECT_EQ(m.interrupt_controller.cpu_registers.start.value, 0x8010000u);
  EXPECT_EQ(m.virtual_timer_interrupt, 27u);
  EXPECT_EQ(m.psci, PsciConduit::smc);
  EXPECT_EQ(m.rtc_kind, RtcKind::pl031);
  EXPECT_EQ(m.rtc.interrupt, 34u);
  ASSERT_EQ(m.cpu_count, 2u);
  EXPECT_EQ(m.cpus[1].hardware_id, 0x100u);
}

TEST(Machine, TakesTheUartThatStdoutPathNames) {
  FdtWriter w = arm_board();
  w.begin("pl011@9040000").strings("compatible", "arm,pl011").cells("reg", {0, 0x9040000, 0, 0x1000}).end();
  w.begin("chosen").strings("stdout-path", "/pl011@9040000:115200n8").end();
  EXPECT_EQ(machine_of(w.end().finish()).uart.device.registers.start.value, 0x9040000u);

  FdtWriter aliased = arm_board();
  aliased.begin("pl011@9040000").strings("compatible", "arm,pl011");
  aliased.cells("reg", {0, 0x9040000, 0, 0x1000}).end();
  aliased.begin("aliases").strings("serial1", "/pl011@9040000").end();
  aliased.begin("chosen").strings("stdout-path", "serial1").end();
  EXPECT_EQ(machine_of(aliased.end().finish()).uart.device.registers.start.value, 0x9040000u);
}

TEST(Machine, IgnoresDisabledDevices) {
  FdtWriter w;
  w.begin("").cells("#address-cells", {2}).cells("#size-cells", {2});
  w.begin("uart@1000").strings("compatible", "ns16550a").strings("status", "disabled");
  w.cells("reg", {0, 0x1000, 0, 0x100}).end().end();
  EXPECT_EQ(machine_of(w.finish()).uart.kind, UartKind::none);
}

FdtWriter riscv_board() {
  FdtWriter w;
  w.begin("").cells("#address-cells", {2}).cells("#size-cells", {2});
  w.begin("memory@80000000").strings("device_type", "memory");
  w.cells("reg", {0, 0x80000000, 0, 0x8000000, 1, 0x80000800, 0, 0x2000}).end();
  w.begin("cpus")
      .cells("#address-cells", {1})
      .cells("#size-cells", {0})
      .cells("timebase-frequency", {10'000'000});
  for (std::uint32_t hart : {0u, 1u}) {
    w.begin("cpu@" + std::to_string(hart)).strings("device_type", "cpu").cells("reg", {hart});
    w.strings("riscv,isa", hart == 0 ? "rv64imafdch_zicsr_sstc" : "rv64imafdc_zicsr_sstcx");
    w.begin("interrupt-controller").flag("interrupt-controller").cells("phandle", {4 + hart}).end().end();
  }
  w.end();
  w.begin("soc").cells("#address-cells", {1}).cells("#size-cells", {1});
  w.cells("ranges", {0, 0x1, 0, 0x20000000});
  w.begin("serial@10000000").strings("compatible", "ns16550a").cells("interrupts", {10});
  w.cells("reg", {0x10000000, 0x100}).cells("clock-frequency", {3'686'400}).end();
  w.begin("plic@c000000")
      .strings("compatible", "sifive,plic-1.0.0|riscv,plic0")
      .cells("#interrupt-cells", {1});
  w.cells("reg", {0xc000000, 0x600000}).cells("riscv,ndev", {95});
  w.cells("interrupts-extended", {4, 11, 4, 9, 5, 11, 5, 9}).end();
  w.begin("rtc@101000").strings("compatible", "google,goldfish-rtc").cells("reg", {0x101000, 0x1000}).end();
  w.begin("test@100000").strings("compatible", "sifive,test1|sifive,test0|syscon");
  w.cells("reg", {0x100000, 0x1000}).end();
  w.end();
  return w;
}

TEST(Machine, DecodesARiscvBoardBehindARangesBus) {
  const Machine m = machine_of(riscv_board().end().finish());
  EXPECT_EQ(m.uart.kind, UartKind::ns16550);
  EXPECT_EQ(m.uart.device.registers.start.value, 0x1'1000'0000u);
  EXPECT_EQ(m.uart.device.interrupt, 10u);
  EXPECT_EQ(m.uart.clock_hz, 3'686'400u);
  EXPECT_EQ(m.interrupt_controller.kind, InterruptControllerKind::plic);
  EXPECT_EQ(m.interrupt_controller.line_count, 95u);
  EXPECT_EQ(m.timebase_hz, 10'000'000u);
  ASSERT_EQ(m.cpu_count, 2u);
  EXPECT_EQ(m.cpus[0].interrupt_target, 1u);
  EXPECT_EQ(m.cpus[1].interrupt_target, 3u);
  EXPECT_TRUE(m.cpus[0].supervisor_timer);
  EXPECT_FALSE(m.cpus[1].supervisor_timer);
  EXPECT_EQ(m.test_finisher.start.value, 0x1'0010'0000u);
  EXPECT_EQ(m.rtc_kind, RtcKind::goldfish);
}

/// A machine with the advanced interrupt architecture; its domains in an order that helps nobody.
FdtWriter aia_board(bool messages) {
  FdtWriter w;
  w.begin("").cells("#address-cells", {1}).cells("#size-cells", {1});
  w.begin("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
  for (std::uint32_t hart : {1u, 0u}) {
    w.begin("cpu@" + std::to_string(hart)).strings("device_type", "cpu").cells("reg", {hart});
    w.begin("interrupt-controller").flag("interrupt-controller").cells("phandle", {4 + hart}).end().end();
  }
  w.end();
  const auto aplic = [&](std::uint32_t at, std::uint32_t imsic, std::uint32_t interrupt) {
    w.begin("aplic@" + std::to_string(at)).strings("compatible", "riscv,aplic").cells("reg", {at, 0x8000});
    w.cells("riscv,num-sources", {96}).cells("#interrupt-cells", {2});
    if (messages) w.cells("msi-parent", {imsic});
    if (!messages) w.cells("interrupts-extended", {4, interrupt, 5, interrupt});
    w.end();
  };
  const auto imsic = [&](std::uint32_t at, std::uint32_t phandle, std::uint32_t interrupt) {
    w.begin("imsics@" + std::to_string(at)).strings("compatible", "riscv,imsics").cells("reg", {at, 0x4000});
    w.cells("phandle", {phandle}).cells("interrupts-extended", {4, interrupt, 5, interrupt});
    w.cells("riscv,num-ids", {255}).cells("riscv,guest-index-bits", {1}).end();
  };
  aplic(0xc000000, 20, 11);
  aplic(0xd000000, 21, 9);
  if (messages) {
    imsic(0x24000000, 20, 11);
    imsic(0x28000000, 21, 9);
  }
  w.begin("serial@10000000").strings("compatible", "ns16550a").cells("interrupts", {10, 4});
  w.cells("reg", {0x10000000, 0x100}).end();
  return w;
}

TEST(Machine, TakesTheSupervisorsDomainOfAnAplic) {
  const Machine m = machine_of(aia_board(false).end().finish());
  EXPECT_EQ(m.interrupt_controller.kind, InterruptControllerKind::aplic);
  EXPECT_EQ(m.interrupt_controller.registers.start.value, 0xd000000u);
  EXPECT_EQ(m.interrupt_controller.line_count, 96u);
  EXPECT_EQ(m.uart.device.interrupt, 10u);
  ASSERT_EQ(m.cpu_count, 2u);
  EXPECT_EQ(m.cpus[0].hardware_id, 1u);
  EXPECT_EQ(m.cpus[0].interrupt_target, 1u);
  EXPECT_EQ(m.cpus[1].interrupt_target, 0u);
}

TEST(Machine, FindsTheImsicBehindAnAplic) {
  const Machine m = machine_of(aia_board(true).end().finish());
  EXPECT_EQ(m.interrupt_controller.kind, InterruptControllerKind::imsic);
  EXPECT_EQ(m.interrupt_controller.registers.start.value, 0xd000000u);
  EXPECT_EQ(m.interrupt_controller.cpu_registers.start.value, 0x28000000u);
  EXPECT_EQ(m.interrupt_controller.message_count, 255u);
  EXPECT_EQ(m.interrupt_controller.guest_index_bits, 1u);
  EXPECT_EQ(m.cpus[0].interrupt_target, 1u);
}

TEST(Machine, FindsTheTranslatorOfMessages) {
  FdtWriter w;
  w.begin("").cells("#address-cells", {1}).cells("#size-cells", {1});
  w.begin("intc").strings("compatible", "arm,gic-v3").cells("#interrupt-cells", {3});
  w.cells("reg", {0x8000000, 0x10000, 0x80a0000, 0xf60000}).cells("#address-cells", {1});
  w.cells("#size-cells", {1}).flag("ranges");
  w.begin("its@8080000").strings("compatible", "arm,gic-v3-its").cells("reg", {0x8080000, 0x20000}).end();
  w.end();
  w.begin("pcie").cells("msi-map", {0x100, 9, 0x1000, 0x200}).cells("msi-map-mask", {0xfff8}).end();
  const Machine m = machine_of(w.end().finish());
  EXPECT_EQ(m.interrupt_controller.kind, InterruptControllerKind::gic_v3);
  EXPECT_EQ(m.message_translator.start.value, 0x8080000u);
  EXPECT_EQ(m.message_devices.first_requester, 0x100u);
  EXPECT_EQ(m.message_devices.first_device, 0x1000u);
  EXPECT_EQ(m.message_devices.count, 0x200u);
  EXPECT_EQ(m.message_devices.mask, 0xfff8u);
}

TEST(Machine, DecodesMemoryAndChosen) {
  FdtWriter w = riscv_board();
  w.begin("memory@88000000")
      .strings("device_type", "memory")
      .cells("reg", {0, 0x88000000, 0, 0x100000})
      .end();
  w.begin("reserved-memory").cells("#address-cells", {2}).cells("#size-cells", {2}).flag("ranges");
  w.begin("mmode@80000000").cells("reg", {0, 0x80000000, 0, 0x40000}).end().end();
  w.begin("chosen").strings("bootargs", "hello world").bytes("rng-seed", {1, 2, 3});
  w.cells("linux,initrd-start", {0x84000000}).cells("linux,initrd-end", {0, 0x84001234}).end();
  const auto blob = w.reserve(0x81000000, 0x1000).end().finish();
  auto tree = Tree::create(blob);
  ASSERT_TRUE(tree.ok());
  BootInfo boot;
  ASSERT_TRUE(decode_boot(tree.value(), PhysAddr{0x87e00000}, boot).ok());
  ASSERT_EQ(boot.memory_count, 2u);  // the neighbours merged, the odd one shrunk to whole pages
  EXPECT_EQ(boot.memory[0].start.value, 0x80000000u);
  EXPECT_EQ(boot.memory[0].size, 0x8100000u);
  EXPECT_EQ(boot.memory[1].start.value, 0x1'8000'1000u);
  EXPECT_EQ(boot.memory[1].size, 0x1000u);
  EXPECT_EQ(boot.bundle.start.value, 0x84000000u);
  EXPECT_EQ(boot.bundle.size, 0x1234u);
  EXPECT_STREQ(boot.command_line.data(), "hello world");
  EXPECT_EQ(boot.entropy_size, 3u);
  EXPECT_EQ(boot.entropy[2], 3);
  ASSERT_EQ(boot.reserved_count, 4u);  // firmware, bundle, reservation block, the tree itself
  EXPECT_EQ(boot.reserved[3].start.value, 0x87e00000u);
}

TEST(Machine, RefusesATreeWithoutMemory) {
  const auto blob = FdtWriter{}.begin("").end().finish();
  auto tree = Tree::create(blob);
  ASSERT_TRUE(tree.ok());
  BootInfo boot;
  EXPECT_FALSE(decode_boot(tree.value(), PhysAddr{0x1000}, boot).ok());
}

TEST(Machine, SurvivesRandomDamage) {
  std::mt19937 random{7};
  for (const auto& whole : {arm_board().end().finish(), riscv_board().end().finish()}) {
    for (int round = 0; round < 20'000; ++round) {
      auto blob = whole;
      for (unsigned change = random() % 6 + 1; change > 0; --change)
        blob[random() % blob.size()] = static_cast<std::uint8_t>(random());
      auto tree = Tree::create(blob);
      if (!tree.ok()) continue;
      BootInfo boot;
      (void)decode_machine(tree.value());
      (void)decode_boot(tree.value(), PhysAddr{0x1000}, boot);
      EXPECT_LE(boot.memory_count, BootInfo::max_memory_ranges);
    }
  }
}

}  // namespace
