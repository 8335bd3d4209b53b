// SPDX-License-Identifier: ISC

// What AML evaluates to, decoded and put into the machine description: by a scripted interpreter.

#include "aml_writer.h"

#include <platform/aml/resources.h>
#include <platform/aml/routing.h>
#include <platform/aml/value.h>
#include <platform/description/aml.h>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>

namespace {
using namespace nucleus;
using namespace nucleus::aml;
using namespace testing_aml;

TEST(AmlValue, IsReadWithItsElements) {
  const auto bytes = package({integer(7), string("abc"), package({buffer({}), reference("\\_SB_")}), tag(0)});
  const auto value = read_value(bytes);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->count, 4u);
  Reader elements{*value};
  EXPECT_EQ(elements.next()->number, 7u);
  EXPECT_EQ(elements.next()->text(), "abc");
  const auto inner = elements.next();
  ASSERT_TRUE(inner && inner->is(Kind::package));
  Reader inners{*inner};
  EXPECT_TRUE(inners.next()->is(Kind::buffer));
  EXPECT_EQ(inners.next()->text(), "\\_SB_");
  EXPECT_FALSE(inners.next());
  EXPECT_TRUE(elements.next()->is(Kind::other));
  EXPECT_FALSE(elements.next());
  EXPECT_EQ(integer_at(*value, 0), 7u);
  EXPECT_FALSE(integer_at(*value, 1));
  EXPECT_FALSE(integer_at(*value, 9));
}

TEST(AmlValue, IsNoneIfItIsCutOffOrUnknown) {
  const auto whole = package({integer(1), package({string("xy")})});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_value(aml::Bytes{whole}.first(size))) << size;
  EXPECT_FALSE(read_value(tag(6)));
  EXPECT_FALSE(read_value(tag(4) + raw(~0u)));
}

std::string describe(aml::Bytes list) {
  std::string text;
  ResourceReader reader{list};
  while (const auto resource = reader.next()) {
    if (resource->kind == Resource::Kind::range) {
      const AddressRange& range = resource->range;
      text += std::string{"mpb"[static_cast<int>(range.kind)]} + (range.produced ? "+" : "-") +
              std::to_string(range.first) + "," + std::to_string(range.size) + "@" +
              std::to_string(range.translation) + (range.prefetchable ? "p " : " ");
    } else if (resource->kind == Resource::Kind::interrupts) {
      text += resource->interrupts.isa ? "isa" : "line";
      for (const std::uint32_t line : resource->interrupts.all()) text += "," + std::to_string(line);
      text += "/" + std::to_string(resource->interrupts.flags) + " ";
    } else {
      text += ". ";
    }
  }
  return text + (reader.malformed() ? "bad" : "end");
}

TEST(AmlResources, AreRangesAndInterrupts) {
  EXPECT_EQ(
      describe(space<std::uint16_t>(2, 0, 0x7f, 0, 0x80) + space<std::uint16_t>(1, 0xd00, 0xffff, 0, 0xf300) +
               space<std::uint32_t>(0, 0x1000, 0x1fff, 0x100, 0x1000, 0x0d, 6) +
               space<std::uint64_t>(0, 1ull << 32, (1ull << 32) + 9, 0, 5) + end_tag()),
      "b+0,128@0 p+3328,62208@0 m-4096,4096@256p m+4294967296,5@0 end");
  EXPECT_EQ(describe(irq(0x0c20, 0x18) + irq(0, 1) + interrupts(0x05, {16, 300}) + end_tag()),
            "isa,5,10,11/3 isa/0 line,16,300/3 end");
  // IO ports, fixed ones, a DMA channel, fixed memory.
  EXPECT_EQ(
      describe(tag(0x47) + tag(1) + raw(std::uint16_t{0xcf8}) + raw(std::uint16_t{0xcf8}) + tag(1) + tag(8) +
               tag(0x4b) + raw(std::uint16_t{0x70}) + tag(2) + tag(0x2a) + tag(1) + tag(2) + tag(0x86) +
               raw(std::uint16_t{9}) + tag(1) + raw(0xfed0'0000u) + raw(0x400u) + end_tag()),
      "p-3320,8@0 p-112,2@0 . m-4275044352,1024@0 end");
}

TEST(AmlResources, ThatCannotBeAreLeftOut) {
  EXPECT_EQ(
      describe(space<std::uint16_t>(0, 0x10, 0x0f, 0, 1) + space<std::uint16_t>(0, 0, 0xf, 0, 0x11) +
               space<std::uint16_t>(0, 0, 0xf, 0, 0) + space<std::uint16_t>(3, 0, 0xf, 0, 0x10) + end_tag()),
      ". . . . end");
  EXPECT_EQ(describe({}), "bad");
  EXPECT_EQ(describe(irq(1, 0)), "isa,0/1 bad");
  EXPECT_EQ(describe(tag(0x8a)), "bad");
  EXPECT_EQ(describe(tag(0x8a) + raw(std::uint16_t{40}) + tag(0)), "bad");
  // More lines than the descriptor has room for.
  EXPECT_EQ(describe(tag(0x89) + raw(std::uint16_t{6}) + tag(0) + tag(200) + raw(7u) + end_tag()),
            "line,7/1 end");
}

TEST(AmlResources, AreWrittenForALink) {
  const auto written = [](const Data& list, std::uint32_t line) {
    const ChosenInterrupt chosen = choose(*find_interrupts(list), line);
    return describe(std::span{chosen.bytes}.first(chosen.size));
  };
  EXPECT_EQ(written(irq(0xffff, 0x18), 11), "isa,11/3 end");
  EXPECT_EQ(written(interrupts(0x01, {20, 21}), 21), "line,21/1 end");
}

TEST(AmlRouting, ReadsRows) {
  const auto read = [](const Data& bytes) { return read_route(*read_value(bytes)); };
  const auto link = route(3, 2, reference("\\_SB_.LNKA"), 0);
  EXPECT_EQ(read(link)->link, "\\_SB_.LNKA");
  EXPECT_EQ(read(link)->device, 3u);
  EXPECT_EQ(read(link)->pin, 3u);
  EXPECT_EQ(read(route(31, 0, integer(0), 19))->line, 19u);
  EXPECT_EQ(read(route(31, 0, string(""), 19))->line, 19u);
  const auto named = route(1, 0, string("LNKB"), 0);
  EXPECT_EQ(read(named)->link, "LNKB");
  EXPECT_FALSE(read(integer(1)));
  EXPECT_FALSE(read(route(32, 0, integer(0), 19)));
  EXPECT_FALSE(read(route(1, 4, integer(0), 19)));
  EXPECT_FALSE(read(route(1, 0, integer(0), ~0ull)));
  EXPECT_FALSE(read(package({integer(0), integer(0), integer(0)})));
  EXPECT_FALSE(read(package({integer(0), string(""), integer(0), integer(0)})));
}

/// An interpreter whose objects are a map from paths.
class Scripted final : public description::AmlSource {
 public:
  std::map<std::string, Data> objects;
  std::map<std::string, std::uint32_t> errors;
  std::map<std::string, Data> called;
  std::vector<std::string> devices;

  Answer evaluate(const char* path, const char* name, std::span<std::byte> room,
                  std::optional<std::uint64_t>) override {
    const std::string key = std::string{path} + "." + name;
    if (errors.contains(key)) return {.status = errors[key]};
    if (!objects.contains(key)) return {.status = absent};
    const Data& bytes = objects[key];
    std::memcpy(room.data(), bytes.data(), bytes.size());
    return {.value = read_value(room.first(bytes.size()))};
  }

  std::uint32_t call(const char* path, const char* name, std::span<const std::byte> buffer) override {
    const std::string key = std::string{path} + "." + name;
    if (errors.contains(key)) return errors[key];
    called[key] = Data(buffer.begin(), buffer.end());
    return 0;
  }

  std::uint32_t visit_devices(void (*visit)(void* context, const char* path), void* context) override {
    for (const std::string& device : devices) visit(context, device.c_str());
    return 0;
  }

  const char* name_of_status(std::uint32_t) override { return "AE_TESTED"; }

  Scripted& device(const std::string& path) {
    devices.push_back(path);
    return *this;
  }
  Scripted& set(const std::string& name, const Data& value) {
    objects[devices.back() + "." + name] = value;
    return *this;
  }
};

struct Made {
  std::unique_ptr<nucleus_machine> machine = std::make_unique<nucleus_machine>();
  std::unique_ptr<description::AmlRooms> rooms = std::make_unique<description::AmlRooms>();
  Description out{*machine};
  Scripted source;

  Made() {
    auto* const host = out.add_pci_host();
    host->last_bus = 255;
    host->ecam = {0xb000'0000, 256 << 20};
    host->msi_controller = 3;
  }
  std::string run() {
    description::describe_aml(source, *rooms, out);
    std::string text;
    for (unsigned i = 0; i < machine->problem_count; ++i) text += std::string(machine->problems[i]) + "\n";
    return text;
  }
  Scripted& root(const std::string& path = "\\_SB_.PCI0") {
    return source.device(path).set("_HID", integer(0x030a'd041));
  }
};

TEST(AmlDescription, HasTheWindowsOfARootBus) {
  Made made;
  made.source.device("\\_SB_.DEV0").set("_HID", string("PNP0C02"));
  made.root().set(
      "_CRS",
      buffer(space<std::uint16_t>(2, 0, 0x3f, 0, 0x40) + space<std::uint16_t>(1, 0xd00, 0xffff, 0, 0xf300) +
             tag(0x47) + tag(1) + raw(std::uint16_t{0xcf8}) + raw(std::uint16_t{0xcf8}) + tag(1) + tag(8) +
             space<std::uint32_t>(0, 0x8000'0000, 0x8fff'ffff, 0, 0x1000'0000) +
             space<std::uint64_t>(0, 1ull << 32, (3ull << 32) - 1, 1ull << 36, 2ull << 32, 0xc, 6) +
             end_tag()));
  EXPECT_EQ(made.run(), "");
  ASSERT_EQ(made.machine->pci_host_count, 1u);
  const nucleus_pci_host& host = made.machine->pci_hosts[0];
  EXPECT_EQ(host.last_bus, 0x3fu);
  EXPECT_EQ(host.ecam.size, 0x40u << 20);
  EXPECT_EQ(host.msi_controller, 3u);
  ASSERT_EQ(host.window_count, 3u);
  EXPECT_EQ(host.windows[0].kind, NUCLEUS_WINDOW_PORTS);
  EXPECT_EQ(host.windows[1].kind, NUCLEUS_WINDOW_MEMORY_32);
  EXPECT_EQ(host.windows[1].cpu_address, 0x8000'0000u);
  EXPECT_EQ(host.windows[2].kind, NUCLEUS_WINDOW_MEMORY_64);
  EXPECT_EQ(host.windows[2].cpu_address, (1ull << 36) + (1ull << 32));
  EXPECT_EQ(host.windows[2].prefetchable, 1u);
}

TEST(AmlDescription, DividesTheBusesOfASegment) {
  Made made;
  made.root();
  made.source.device("\\_SB_.PC20").set("_CID", package({string("PNP0A03")})).set("_BBN", integer(0x20));
  made.source.device("\\_SB_.PC80").set("_HID", integer(0x080a'd041)).set("_BBN", integer(0x80));
  made.source.device("\\_SB_.GONE")
      .set("_HID", integer(0x080a'd041))
      .set("_BBN", integer(0x10))
      .set("_STA", integer(0));
  made.source.device("\\_SB_.FAR_").set("_HID", integer(0x080a'd041)).set("_SEG", integer(1));
  made.source.device("\\_SB_.SAME").set("_HID", integer(0x080a'd041)).set("_BBN", integer(0x20));
  EXPECT_EQ(made.run(),
            "AML: \\_SB_.FAR_ has no configuration space for bus 0 of segment 1\n"
            "AML: \\_SB_.SAME: bus 32 of segment 0 is another's\n");
  ASSERT_EQ(made.machine->pci_host_count, 3u);
  EXPECT_EQ(made.machine->pci_hosts[0].last_bus, 0x1fu);
  EXPECT_EQ(made.machine->pci_hosts[1].first_bus, 0x20u);
  EXPECT_EQ(made.machine->pci_hosts[1].last_bus, 0x7fu);
  EXPECT_EQ(made.machine->pci_hosts[1].ecam.start, 0xb200'0000u);
  EXPECT_EQ(made.machine->pci_hosts[2].last_bus, 0xffu);
}

TEST(AmlDescription, KeepsSegmentsOfWhichAmlIsSilent) {
  Made made;
  EXPECT_EQ(made.run(), "");
  ASSERT_EQ(made.machine->pci_host_count, 1u);
  EXPECT_EQ(made.machine->pci_hosts[0].ecam.size, 256u << 20);
}

TEST(AmlDescription, RoutesPinsThroughLinksAndBridges) {
  Made made;
  made.root().set("_PRT", package({route(1, 0, reference("\\_SB_.LNKA"), 0), route(2, 3, integer(0), 19)}));
  made.source.device("\\_SB_.PCI0.RP01")
      .set("_ADR", integer(0x1c0002))
      .set("_PRT", package({route(0, 0, integer(0), 17)}));
  made.source.device("\\_SB_.PCI0.RP01.INNR")
      .set("_ADR", integer(0x10000))
      .set("_PRT", package({route(4, 1, integer(0), 18)}));
  made.source.device("\\_SB_.LNKA").set("_CRS", buffer(interrupts(0x01, {16}) + end_tag()));
  EXPECT_EQ(made.run(), "");
  const nucleus_pci_host& host = made.machine->pci_hosts[0];
  ASSERT_EQ(host.route_count, 4u);
  EXPECT_EQ(host.routes[0].device, 1u << 11);
  EXPECT_EQ(host.routes[0].line.number, 16u);
  EXPECT_EQ(host.routes[0].line.flags, static_cast<unsigned>(NUCLEUS_LINE_LEVEL));
  EXPECT_EQ(host.routes[1].pin, 4u);
  EXPECT_EQ(host.routes[1].line.flags, NUCLEUS_LINE_LEVEL | NUCLEUS_LINE_ACTIVE_LOW);
  EXPECT_EQ(host.routes[2].bridges, 0x0100'0000u | 0x1c << 3 | 2);
  EXPECT_EQ(host.routes[3].bridges, 0x0200'0000u | (0x1c << 3 | 2) << 8 | 1 << 3);
}

TEST(AmlDescription, RoutesLinksThatLeadNowhere) {
  Made made;
  auto* const isa = made.out.add(made.machine->isa_lines, made.machine->isa_line_count, "ISA lines");
  *isa = {10, {26, 0}};
  made.root().set("_PRT", package({route(1, 0, string("LNKA"), 0), route(2, 0, string("LNKB"), 0),
                                   route(3, 0, string("LNKA"), 0), route(4, 0, string("NONE"), 0)}));
  for (const char* link : {"\\_SB_.PCI0.LNKA", "\\_SB_.PCI0.LNKB"}) {
    made.source.device(link)
        .set("_ADR", string("none"))
        .set("_PRS", buffer(irq(1 << 10 | 1 << 11, 0x18) + end_tag()))
        .set("_CRS", buffer(irq(0, 0x18) + end_tag()));
  }
  EXPECT_EQ(made.run(), "AML: \\_SB_.PCI0.NONE leads to no interrupt\n");
  const nucleus_pci_host& host = made.machine->pci_hosts[0];
  ASSERT_EQ(host.route_count, 3u);
  EXPECT_EQ(host.routes[0].line.number, 26u);  // where ISA line 10 arrives
  EXPECT_EQ(host.routes[1].line.number, 11u);  // not the one that is used already
  EXPECT_EQ(host.routes[2].line.number, 26u);
  EXPECT_EQ(describe(made.source.called["\\_SB_.PCI0.LNKB._SRS"]), "isa,11/3 end");
}

Data io(std::uint16_t first, std::uint8_t size) {
  return tag(0x47) + tag(1) + raw(first) + raw(first) + tag(1) + tag(size);
}

TEST(AmlDescription, FindsUarts) {
  constexpr std::uint32_t com = 0x0105'd041;
  Made made;
  auto* const isa = made.out.add(made.machine->isa_lines, made.machine->isa_line_count, "ISA lines");
  *isa = {3, {23, 0}};
  made.out.add_uart()->registers = {NUCLEUS_SPACE_PORTS, 8, 0x3f8};
  made.root();
  const auto port = [&](const char* path, std::uint16_t first, unsigned line) -> Scripted& {
    return made.source.device(path)
        .set("_HID", integer(com))
        .set("_CRS", buffer(io(first, 8) + irq(1u << line, 1) + end_tag()));
  };
  port("\\_SB_.PCI0.ISA_.COM1", 0x3f8, 4);  // the console, which is known already
  port("\\_SB_.PCI0.ISA_.COM2", 0x2f8, 3).set("_STA", integer(0xf));
  port("\\_SB_.PCI0.ISA_.COM3", 0x3e8, 4).set("_STA", integer(0));
  made.source.device("\\_SB_.COM0")
      .set("_HID", string("ARMH0011"))
      .set("_CRS", buffer(tag(0x86) + raw(std::uint16_t{9}) + tag(1) + raw(std::uint32_t{0x900'0000}) +
                          raw(std::uint32_t{0x1000}) + interrupts(0x01, {33}) + end_tag()));
  made.source.device("\\_SB_.COM4").set("_HID", string("PNP0501")).set("_CRS", buffer(end_tag()));
  EXPECT_EQ(made.run(), "AML: \\_SB_.COM4 is a UART without registers\n");
  ASSERT_EQ(made.machine->uart_count, 3u);
  const nucleus_uart& com2 = made.machine->uarts[1];
  EXPECT_EQ(com2.kind, unsigned{NUCLEUS_UART_16550});
  EXPECT_EQ(com2.registers.space, unsigned{NUCLEUS_SPACE_PORTS});
  EXPECT_EQ(com2.registers.address, 0x2f8u);
  EXPECT_EQ(com2.stride, 1u);
  EXPECT_EQ(com2.is_console, 0u);
  EXPECT_EQ(com2.line.number, 23u);  // where ISA line 3 arrives
  EXPECT_EQ(com2.line.flags, 0u);
  const nucleus_uart& arm = made.machine->uarts[2];
  EXPECT_EQ(arm.kind, unsigned{NUCLEUS_UART_PL011});
  EXPECT_EQ(arm.registers.address, 0x900'0000u);
  EXPECT_EQ(arm.stride, 4u);
  EXPECT_EQ(arm.line.number, 33u);
  EXPECT_EQ(arm.line.flags, unsigned{NUCLEUS_LINE_LEVEL});
}

TEST(AmlDescription, TellsWhatCannotBeEvaluated) {
  Made made;
  made.root()
      .set("_PRT", package({integer(1), route(1, 0, string("LNKA"), 0)}))
      .set("_CRS", buffer(irq(1, 0)));
  made.source.errors["\\_SB_.PCI0._BBN"] = 9;
  made.source.device("\\_SB_.PCI0.LNKA").set("_PRS", buffer(irq(1 << 5, 0) + end_tag()));
  made.source.errors["\\_SB_.PCI0.LNKA._SRS"] = 9;
  EXPECT_EQ(made.run(),
            "AML: \\_SB_.PCI0._BBN: AE_TESTED\n"
            "AML: \\_SB_.PCI0._CRS is cut off\n"
            "AML: \\_SB_.PCI0._PRT has a row that is none\n"
            "AML: \\_SB_.PCI0.LNKA._SRS: AE_TESTED\n");
  EXPECT_EQ(made.machine->pci_hosts[0].route_count, 0u);
}

TEST(AmlDescription, SurvivesRandomDamage) {
  std::mt19937_64 random{4};
  Data list = space<std::uint16_t>(2, 0, 0x3f, 0, 0x40) +
              space<std::uint32_t>(0, 0x8000'0000, 0x8fff'ffff, 0, 0x1000) + end_tag();
  Data table = package({route(1, 0, string("LNKA"), 0), route(2, 3, integer(0), 19)});
  for (int round = 0; round < 3000; ++round) {
    Made made;
    Data damaged_list = list;
    Data damaged_table = table;
    damaged_list[random() % list.size()] = std::byte(random());
    damaged_table[random() % table.size()] = std::byte(random());
    made.root().set("_CRS", buffer(damaged_list)).set("_PRT", damaged_table);
    made.source.device("\\_SB_.PCI0.LNKA").set("_PRS", buffer(damaged_list));
    (void)made.run();
  }
}

TEST(AmlSoftOff, ReadsThePackage) {
  Made made;
  const auto types = [&](const Data& value) {
    made.source.objects["\\._S5_"] = value;
    return description::soft_off_types(made.source, *made.rooms, made.out);
  };
  EXPECT_FALSE(description::soft_off_types(made.source, *made.rooms, made.out));
  EXPECT_EQ(types(package({integer(5), integer(6), integer(0), integer(0)}))->a, 5);
  EXPECT_EQ(types(package({integer(5), integer(6)}))->b, 6);
  EXPECT_EQ(types(package({integer(7)}))->b, 7);
  EXPECT_EQ(made.machine->problem_count, 0u);
  EXPECT_FALSE(types(package({integer(8)})));
  EXPECT_FALSE(types(integer(1)));
  EXPECT_STREQ(made.machine->problems[0], "AML: \\_S5_ has no sleep types");
}

}  // namespace
