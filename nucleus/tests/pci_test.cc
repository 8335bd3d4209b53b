// SPDX-License-Identifier: ISC

// PCI functions of a scripted configuration space: found, measured, given places; and spaces that cannot be.

#include <platform/pci/assign.h>
#include <platform/pci/enumerate.h>
#include <platform/pci/function.h>
#include <platform/pci/messages.h>
#include <platform/pci/requester.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

namespace {
using namespace nucleus;
using namespace nucleus::pci;

/// A function: 4096 bytes, of which only some bits can be written.
struct FakeFunction {
  std::array<std::uint32_t, 1024> words{};
  std::array<std::uint32_t, 1024> writable{};

  std::uint32_t& word(std::uint32_t offset) { return words[offset / 4]; }
  FakeFunction& set(std::uint32_t offset, std::uint32_t value) {
    word(offset) = value;
    return *this;
  }
  /// A BAR: the bits that say its kind, and those of its address that it keeps.
  FakeFunction& bar(unsigned index, std::uint32_t kind, std::uint32_t keeps, std::uint32_t address = 0) {
    word(offset::bars + 4 * index) = kind | address;
    writable[offset::bars / 4 + index] = keeps;
    return *this;
  }
  FakeFunction& capability(std::uint32_t at, std::uint32_t id, std::uint32_t next) {
    word(offset::command) |= status_has_capabilities;
    if (word(offset::capabilities) == 0) word(offset::capabilities) = at;
    return set(at, id | next << 8);
  }
};

/// Where functions are depends on the bus numbers that bridges have, as in a real machine.
class FakeSpace : public ConfigSpace {
 public:
  /// Adds a function to the bus behind bridge `parent` (null: the root bus).
  FakeFunction& add(FakeFunction* parent, unsigned device, unsigned function = 0) {
    auto& made = *functions_.emplace_back(std::make_unique<Entry>());
    made.parent = parent;
    made.device = device;
    made.function = function;
    made.registers.set(offset::ids, 0x1234'1af4).set(offset::class_code, 0x0200'0001);
    made.registers.writable[offset::command / 4] = 7;
    return made.registers;
  }
  FakeFunction& add_bridge(FakeFunction* parent, unsigned device) {
    FakeFunction& bridge = add(parent, device);
    bridge.set(offset::class_code, 0x0604'0000).set(offset::header, 0x0001'0000);
    bridge.writable[offset::buses / 4] = 0x00ff'ffff;
    bridge.writable[offset::port_window / 4] = 0xf0f0;
    bridge.writable[offset::memory_window / 4] = 0xfff0'fff0;
    bridge.writable[offset::prefetch_window / 4] = 0xfff0'fff0;
    bridge.set(offset::prefetch_window, 0x0001'0001);
    bridge.writable[offset::prefetch_base_high / 4] = ~0u;
    bridge.writable[offset::prefetch_limit_high / 4] = ~0u;
    return bridge;
  }

  std::uint32_t read(Address at, std::uint32_t offset) override {
    ++reads;
    EXPECT_EQ(offset % 4, 0u);
    EXPECT_LT(offset, offset::end);
    FakeFunction* found = find(at);
    return found ? found->word(offset) : no_function;
  }
  void write(Address at, std::uint32_t offset, std::uint32_t value) override {
    FakeFunction* found = find(at);
    if (!found) return;
    const std::uint32_t mask = found->writable[offset / 4];
    // Nobody may answer while its BAR holds all ones.
    if (offset >= offset::bars && offset < offset::bars + 24 && value == ~0u && mask != 0)
      decoding_while_measured |= (found->word(offset::command) & 3) != 0;
    found->word(offset) = (found->word(offset) & ~mask) | (value & mask);
  }

  bool decoding_while_measured = false;
  unsigned reads = 0;

 private:
  struct Entry {
    FakeFunction* parent;
    unsigned device, function;
    FakeFunction registers;
  };

  FakeFunction* find(Address at) {
    for (auto& entry : functions_) {
      const unsigned bus = entry->parent ? entry->parent->word(offset::buses) >> 8 & 0xff : 0;
      if (entry->parent && bus == 0) continue;
      if (bus == at.bus && entry->device == at.device && entry->function == at.function)
        return &entry->registers;
    }
    return nullptr;
  }

  std::vector<std::unique_ptr<Entry>> functions_;
};

/// The same function at every address: a bridge that leads to itself for ever.
class EverywhereSpace : public ConfigSpace {
 public:
  explicit EverywhereSpace(std::function<std::uint32_t(std::uint32_t)> word) : word_{std::move(word)} {}
  std::uint32_t read(Address, std::uint32_t offset) override { return word_(offset); }
  void write(Address, std::uint32_t, std::uint32_t) override {}

 private:
  std::function<std::uint32_t(std::uint32_t)> word_;
};

nucleus_pci_host host_with_windows() {
  nucleus_pci_host host{};
  host.last_bus = 255;
  host.windows[host.window_count++] = {
      .kind = NUCLEUS_WINDOW_PORTS, .bus_address = 0, .cpu_address = 0x3eff'0000, .size = 0x1'0000};
  host.windows[host.window_count++] = {.kind = NUCLEUS_WINDOW_MEMORY_32,
                                       .bus_address = 0x1000'0000,
                                       .cpu_address = 0x1000'0000,
                                       .size = 0x2000'0000};
  host.windows[host.window_count++] = {.kind = NUCLEUS_WINDOW_MEMORY_64,
                                       .bus_address = 0x80'0000'0000,
                                       .cpu_address = 0x80'0000'0000,
                                       .size = 0x80'0000'0000};
  return host;
}

struct Found {
  Vector<nucleus_pci_function> functions;
  nucleus_pci report{};
  Problems problems{report.problems, report.problem_count};
  std::string text() const {
    std::string all;
    for (unsigned i = 0; i < report.problem_count; ++i) all += std::string(report.problems[i]) + "\n";
    return all;
  }
};

void scan(ConfigSpace& space, const nucleus_pci_host& host, Found& found) {
  EXPECT_TRUE(enumerate(space, host, 0, found.functions, found.problems).ok());
  assign_addresses(space, host, found.functions.span(), found.problems);
  find_cpu_addresses(host, found.functions.span());
  route_pins(host, found.functions.span());
}

/// Firmware has placed all, and has closed the bridges again.
TEST(Pci, EnablesTheBridgesAbove) {
  FakeSpace space;
  FakeFunction& upper = space.add_bridge(nullptr, 1);
  FakeFunction& lower = space.add_bridge(&upper, 2);
  FakeFunction& beside = space.add_bridge(nullptr, 3);
  FakeFunction& device = space.add(&lower, 4).bar(0, 0, 0xffff'f000, 0x1000'0000);
  device.set(offset::command, command_ports);
  Found found;
  scan(space, host_with_windows(), found);
  ASSERT_EQ(found.functions.size(), 4u);
  const auto is_device = [](const nucleus_pci_function& f) { return f.device == 4; };
  const auto functions = std::span<const nucleus_pci_function>{found.functions.span()};
  enable(space, functions, *std::find_if(functions.begin(), functions.end(), is_device),
         command_memory | command_bus_master);
  for (FakeFunction* open : {&upper, &lower, &device})
    EXPECT_EQ(open->word(offset::command) & 7, std::uint32_t{command_memory | command_bus_master});
  EXPECT_EQ(beside.word(offset::command) & 7, 0u);
}

TEST(Pci, ReadsWhatAFunctionIs) {
  FakeSpace space;
  space.add(nullptr, 3)
      .set(offset::ids, 0x1041'1af4)
      .set(offset::class_code, 0x0200'0012)
      .set(offset::subsystem, 0x1100'1af4)
      .set(offset::interrupt, 0x0000'020b)
      .capability(0x40, 0x09, 0x50)
      .capability(0x50, express, 0)
      .set(0x100, 0x1401'0001)
      .set(0x140, 0x0002'0003);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  EXPECT_EQ(found.text(), "");
  ASSERT_EQ(found.functions.size(), 1u);
  const nucleus_pci_function& f = found.functions[0];
  EXPECT_EQ(f.device, 3u);
  EXPECT_EQ(f.vendor_id, 0x1af4u);
  EXPECT_EQ(f.device_id, 0x1041u);
  EXPECT_EQ(f.class_code, 0x02'0000u);
  EXPECT_EQ(f.revision, 0x12u);
  EXPECT_EQ(f.subsystem_id, 0x1100u);
  EXPECT_EQ(f.interrupt_pin, 2u);
  EXPECT_EQ(f.firmware_line, 0xbu);
  EXPECT_EQ(f.configuration_size, 4096u);
  ASSERT_EQ(f.capability_count, 4u);
  EXPECT_EQ(f.capabilities[1].id, express);
  EXPECT_EQ(f.capabilities[1].offset, 0x50u);
  EXPECT_EQ(f.capabilities[2].id, 1u);
  EXPECT_EQ(f.capabilities[2].offset, 0x100u);
  EXPECT_EQ(f.capabilities[2].version, 1u);
  EXPECT_EQ(f.capabilities[3].offset, 0x140u);
  EXPECT_EQ(f.capabilities[3].version, 2u);
}

TEST(Pci, ReadsNoExtendedListWithoutExpress) {
  FakeSpace space;
  space.add(nullptr, 0).capability(0x40, 0x09, 0).set(0x100, 0x0001'0001);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  EXPECT_EQ(found.functions[0].capability_count, 1u);
  EXPECT_EQ(found.functions[0].configuration_size, 256u);
}

TEST(Pci, LooksAtFurtherFunctionsOnlyWhereThereAreSome) {
  FakeSpace space;
  space.add(nullptr, 1).set(offset::header, 0x0080'0000);
  space.add(nullptr, 1, 5);
  space.add(nullptr, 2);
  space.add(nullptr, 2, 1);  // not there: function 0 says that it is alone
  space.add(nullptr, 4, 3);  // not there: no function 0
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  ASSERT_EQ(found.functions.size(), 3u);
  EXPECT_EQ(found.functions[1].function, 5u);
  EXPECT_EQ(found.functions[2].device, 2u);
}

TEST(Pci, MeasuresBars) {
  FakeSpace space;
  FakeFunction& f = space.add(nullptr, 1);
  f.bar(0, 1, 0xffe0, 0xc040)
      .bar(1, 8, 0xffff'f000, 0xfebd'5000)
      .bar(2, 0xc, 0xffff'c000, 0)
      .bar(3, 0, ~0u, 0x80);
  f.bar(5, 0, 0);
  f.writable[offset::rom / 4] = 0xfffc'0001;
  f.set(offset::command, 0x0000'0007);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  EXPECT_EQ(found.text(), "");
  EXPECT_FALSE(space.decoding_while_measured);
  const nucleus_pci_function& read = found.functions[0];
  EXPECT_EQ(read.bars[0].kind, NUCLEUS_BAR_PORTS);
  EXPECT_EQ(read.bars[0].size, 0x20u);
  EXPECT_EQ(read.bars[0].bus_address, 0xc040u);
  EXPECT_EQ(read.bars[1].kind, NUCLEUS_BAR_MEMORY_32);
  EXPECT_EQ(read.bars[1].size, 0x1000u);
  EXPECT_TRUE(read.bars[1].prefetchable);
  EXPECT_EQ(read.bars[2].kind, NUCLEUS_BAR_MEMORY_64);
  EXPECT_EQ(read.bars[2].size, 0x4000u);
  EXPECT_EQ(read.bars[2].bus_address, 0x80'0000'0000u);
  EXPECT_EQ(read.bars[2].cpu_address, 0x80'0000'0000u);  // no windows are known
  EXPECT_EQ(read.bars[3].kind, 0u);
  EXPECT_EQ(read.bars[5].kind, 0u);
  EXPECT_EQ(read.rom.size, 0x4'0000u);
  // All is as it was.
  EXPECT_EQ(f.word(offset::command), 7u);
  EXPECT_EQ(f.word(offset::bars), 0xc041u);
  EXPECT_EQ(f.word(offset::bars + 12), 0x80u);
}

TEST(Pci, LeavesOutBarsThatCannotBe) {
  FakeSpace space;
  FakeFunction& holes = space.add(nullptr, 1);
  holes.bar(0, 0, 0xff0f'f000);  // not one range
  holes.bar(1, 6, 0xffff'f000);  // an unknown kind
  holes.bar(5, 4, 0xffff'f000);  // 64 bits, without an upper half
  FakeFunction& crooked = space.add(nullptr, 2);
  crooked.bar(0, 0, 0xffff'0000, 0x1000);  // a bit inside of its size is wired
  space.add(nullptr, 3).set(offset::header, 0x0055'0000);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  for (const auto& function : found.functions) {
    for (const auto& bar : function.bars) EXPECT_EQ(bar.kind, 0u);
  }
  EXPECT_EQ(found.text(),
            "PCI 0x8: BAR 0 keeps the bits 0xffffffffff0ff000\n"
            "PCI 0x8: BAR 1 of an unknown kind\n"
            "PCI 0x8: the last BAR has 64 bits\n"
            "PCI 0x10: BAR 0 keeps the bits 0xffffffffffff1000\n"
            "PCI 0x18: a header of type 85\n");
}

TEST(Pci, EndsAtCapabilitiesThatLoopOrLeave) {
  FakeSpace space;
  space.add(nullptr, 1).capability(0x40, 9, 0x50).capability(0x50, 9, 0x40);
  space.add(nullptr, 2).capability(0x40, 9, 0x10);
  space.add(nullptr, 3).capability(0x40, express, 0).set(0x100, 0x2001'0001).set(0x200, 0x1001'0002);
  space.add(nullptr, 4).capability(0x40, express, 0).set(0x100, 0x0401'0001);
  FakeFunction& many = space.add(nullptr, 5);
  for (unsigned i = 0; i < 48; ++i)
    many.capability(0x40 + 4 * i, i == 0 ? express : 9, i == 47 ? 0 : 0x44 + 4 * i);
  for (unsigned i = 0; i < 64; ++i) many.set(0x100 + 4 * i, 0x0001'0001 | (0x104 + 4 * i) << 20);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  EXPECT_EQ(found.text(),
            "PCI 0x8: the capability list loops at 0x40\n"
            "PCI 0x10: a capability at 0x10\n"
            "PCI 0x18: the list of extended capabilities loops at 0x100\n"
            "PCI 0x20: an extended capability at 0x40\n"
            "PCI 0x28: more than 64 capabilities\n");
  EXPECT_EQ(found.functions[0].capability_count, 2u);
}

TEST(Pci, NumbersBusesThatFirmwareLeft) {
  FakeSpace space;
  FakeFunction& first = space.add_bridge(nullptr, 1);
  FakeFunction& inner = space.add_bridge(&first, 0);
  space.add(&inner, 7);
  FakeFunction& second = space.add_bridge(nullptr, 2);
  space.add(&second, 0);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  EXPECT_EQ(found.text(), "");
  ASSERT_EQ(found.functions.size(), 5u);
  EXPECT_EQ(first.word(offset::buses), 0x0002'0100u);
  EXPECT_EQ(inner.word(offset::buses), 0x0002'0201u);
  EXPECT_EQ(second.word(offset::buses), 0x0003'0300u);
  EXPECT_EQ(found.functions[2].bus, 2u);
  EXPECT_EQ(found.functions[4].bus, 3u);
  EXPECT_EQ(bridge_to(found.functions.span(), 2), &found.functions[1]);
}

TEST(Pci, KeepsTheNumbersOfFirmware) {
  FakeSpace space;
  FakeFunction& bridge = space.add_bridge(nullptr, 1).set(offset::buses, 0x0009'0500);
  FakeFunction& inner = space.add_bridge(&bridge, 0).set(offset::buses, 0x0008'0805);
  space.add(&inner, 1);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  EXPECT_EQ(found.text(), "");
  ASSERT_EQ(found.functions.size(), 3u);
  EXPECT_EQ(found.functions[0].subordinate_bus, 9u);
  EXPECT_EQ(found.functions[2].bus, 8u);
  EXPECT_EQ(bridge.word(offset::buses), 0x0009'0500u);
}

TEST(Pci, WalksNoBusTwice) {
  FakeSpace space;
  space.add_bridge(nullptr, 1).set(offset::buses, 0x0003'0300);
  space.add_bridge(nullptr, 2).set(offset::buses, 0x0003'0300);  // leads to the same
  FakeFunction& outer = space.add_bridge(nullptr, 4).set(offset::buses, 0x0006'0500);
  space.add_bridge(&outer, 0)
      .set(offset::buses, 0x0000'0005)
      .set(offset::buses, 0x00ff'0005);                         // back to the root
  space.add_bridge(&outer, 1).set(offset::buses, 0x0009'0905);  // out of its parent's buses
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  EXPECT_EQ(found.functions.size(), 5u);
  EXPECT_EQ(found.text(),
            "PCI 0x10: the bridge cannot lead to buses 3 to 3\n"
            "PCI 0x500: no bus number is left for the bridge\n"
            "PCI 0x508: the bridge cannot lead to buses 9 to 9\n"
            "PCI 0x508: no bus number is left for the bridge\n");
}

TEST(Pci, EndsInASpaceWhereEveryAddressIsABridge) {
  EverywhereSpace space{[](std::uint32_t offset) -> std::uint32_t {
    return offset == offset::ids ? 0x1234'1af4 : offset == offset::header ? 0x0081'0000 : 0;
  }};
  Found found;
  ASSERT_TRUE(enumerate(space, nucleus_pci_host{.last_bus = 255}, 0, found.functions, found.problems).ok());
  EXPECT_LE(found.functions.size(), 256u * 256);
  EXPECT_EQ(found.report.problem_count, static_cast<unsigned>(NUCLEUS_MAX_PROBLEMS));
}

TEST(Pci, RunsOutOfBusNumbers) {
  FakeSpace space;
  space.add_bridge(nullptr, 1);
  space.add_bridge(nullptr, 2);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 1}, found);
  EXPECT_EQ(found.text(), "PCI 0x10: no bus number is left for the bridge\n");
  EXPECT_EQ(found.functions[1].secondary_bus, 0u);
}

TEST(Pci, GivesPlacesTheLargestFirst) {
  FakeSpace space;
  FakeFunction& small =
      space.add(nullptr, 1).bar(0, 0, 0xffff'f000).bar(1, 1, 0xffff'ffe0).bar(4, 0xc, 0xffff'c000);
  small.writable[offset::bars / 4 + 5] = ~0u;
  FakeFunction& large = space.add(nullptr, 2).bar(0, 0, 0xfff0'0000).bar(2, 4, 0xffff'f000);
  large.writable[offset::bars / 4 + 3] = ~0u;
  Found found;
  scan(space, host_with_windows(), found);
  EXPECT_EQ(found.text(), "");
  const auto& f = found.functions;
  EXPECT_EQ(f[1].bars[0].bus_address, 0x1000'0000u);
  EXPECT_EQ(f[0].bars[0].bus_address, 0x1010'0000u);
  EXPECT_EQ(f[0].bars[1].bus_address, 0x1000u);  // never 0
  EXPECT_EQ(f[0].bars[1].cpu_address, 0x3eff'1000u);
  EXPECT_EQ(f[0].bars[4].bus_address, 0x80'0000'0000u);
  EXPECT_EQ(f[1].bars[2].bus_address, 0x80'0000'4000u);
  EXPECT_EQ(small.word(offset::bars + 16), 0xcu);
  EXPECT_EQ(small.word(offset::bars + 20), 0x80u);
  EXPECT_EQ(small.word(offset::command) & 7, 3u);
  EXPECT_EQ(large.word(offset::command) & 7, 2u);
}

TEST(Pci, OpensTheWindowsOfBridges) {
  FakeSpace space;
  FakeFunction& bridge = space.add_bridge(nullptr, 1);
  FakeFunction& behind =
      space.add(&bridge, 0).bar(0, 0, 0xffff'f000).bar(1, 4, 0xffff'f000).bar(4, 0xc, 0xffe0'0000);
  behind.writable[offset::bars / 4 + 2] = behind.writable[offset::bars / 4 + 5] = ~0u;
  FakeFunction& empty = space.add_bridge(nullptr, 2);
  Found found;
  scan(space, host_with_windows(), found);
  EXPECT_EQ(found.text(), "");
  const nucleus_pci_function& f = found.functions[1];
  EXPECT_EQ(f.bars[0].bus_address, 0x1000'0000u);
  EXPECT_EQ(f.bars[1].bus_address, 0x1000'1000u);  // not prefetchable: below 4 GiB behind a bridge
  EXPECT_EQ(f.bars[4].bus_address, 0x80'0000'0000u);
  EXPECT_EQ(bridge.word(offset::memory_window), 0x1000'1000u);
  EXPECT_EQ(bridge.word(offset::prefetch_window) & 0xfff0'fff0, 0x0010'0000u);
  EXPECT_EQ(bridge.word(offset::prefetch_base_high), 0x80u);
  EXPECT_EQ(bridge.word(offset::prefetch_limit_high), 0x80u);
  EXPECT_EQ(bridge.word(offset::port_window) & 0xf0f0, 0x00f0u);  // closed
  EXPECT_EQ(bridge.word(offset::command) & 7, 7u);
  EXPECT_EQ(empty.word(offset::memory_window), 0x0000'fff0u);
}

TEST(Pci, SaysForWhatThereIsNoPlace) {
  nucleus_pci_host host = host_with_windows();
  host.windows[1].size = 0x2000;
  host.windows[1].bus_address = 0x1010'0000;
  host.window_count = 2;
  FakeSpace space;
  space.add(nullptr, 1).bar(0, 0, 0xffff'0000).bar(1, 0, 0xffff'f000);
  Found found;
  scan(space, host, found);
  EXPECT_EQ(found.text(), "PCI 0x8: no place for BAR 0 of 0x10000 bytes\n");
  EXPECT_EQ(found.functions[0].bars[0].bus_address, 0u);
  EXPECT_EQ(found.functions[0].bars[0].cpu_address, 0u);
  EXPECT_EQ(found.functions[0].bars[0].size, 0x1'0000u);
  EXPECT_EQ(found.functions[0].bars[1].bus_address, 0x1010'0000u);
}

TEST(Pci, LeavesWhatFirmwareHasPlaced) {
  FakeSpace space;
  FakeFunction& placed = space.add(nullptr, 1).bar(0, 0, 0xffff'f000, 0x2000'0000);
  FakeFunction& other = space.add(nullptr, 2).bar(0, 0, 0xffff'f000);
  Found found;
  scan(space, host_with_windows(), found);
  EXPECT_EQ(placed.word(offset::bars), 0x2000'0000u);
  EXPECT_EQ(other.word(offset::bars), 0u);
  EXPECT_EQ(found.functions[0].bars[0].cpu_address, 0x2000'0000u);
}

TEST(Pci, FollowsPinsThroughBridges) {
  nucleus_pci_host host{.last_bus = 255, .route_device_mask = 0x1800, .route_pin_mask = 7};
  for (std::uint32_t device = 0; device < 4; ++device) {
    for (std::uint32_t pin = 1; pin <= 4; ++pin)
      host.routes[host.route_count++] = {
          device << 11, pin, {32 + (device + pin - 1) % 4, NUCLEUS_LINE_LEVEL}};
  }
  FakeSpace space;
  space.add(nullptr, 5).set(offset::interrupt, 0x0100);
  FakeFunction& bridge = space.add_bridge(nullptr, 6);
  space.add(&bridge, 3).set(offset::interrupt, 0x0200);
  space.add(&bridge, 4);
  Found found;
  scan(space, host, found);
  EXPECT_EQ(found.functions[0].line.number, 33u);  // device 5 as device 1
  // Pin B of device 3 is pin A behind the bridge, which is device 6, as device 2.
  EXPECT_EQ(found.functions[2].line.number, 34u);
  EXPECT_EQ(found.functions[3].line.number, NUCLEUS_NO_LINE);
}

TEST(Pci, NamesWhoSendsMessages) {
  constexpr std::uint32_t port_type_shift = 20, root_port = 4, to_old_pci = 7;
  FakeSpace space;
  FakeFunction& root = space.add_bridge(nullptr, 1).capability(0x40, express, 0);
  root.word(0x40) |= root_port << port_type_shift;
  FakeFunction& down = space.add_bridge(&root, 0).capability(0x40, express, 0);
  down.word(0x40) |= to_old_pci << port_type_shift;
  space.add(&down, 3);
  FakeFunction& old = space.add_bridge(&down, 4);
  space.add(&old, 5);
  space.add(&root, 6);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  ASSERT_EQ(found.text(), "");
  const nucleus_pci all{.functions = found.functions.span().data(),
                        .function_count = static_cast<std::uint32_t>(found.functions.size())};
  for (std::uint32_t i = 0; i < all.function_count; ++i) {
    const nucleus_pci_function& function = all.functions[i];
    // Buses: 1 behind the root port, 2 old, 3 old too.
    const std::uint32_t expected = function.bus >= 2 ? 2u << 8 : name_of(function);
    EXPECT_EQ(requester_id(space, all, function), expected) << name_of(function);
  }
}

TEST(Pci, GuardsWhatIsTheNucleus) {
  FakeSpace space;
  space.add(nullptr, 1).capability(0x40, msi_x, 0x50).capability(0x50, 9, 0x60).capability(0x60, msi, 0);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  const nucleus_pci_function& f = found.functions[0];
  EXPECT_FALSE(may_write(f, 0x04, 2));
  EXPECT_FALSE(may_write(f, 0x3c, 1));
  EXPECT_FALSE(may_write(f, 0x40, 4));
  EXPECT_FALSE(may_write(f, 0x48, 4));
  EXPECT_TRUE(may_write(f, 0x4c, 4));
  EXPECT_TRUE(may_write(f, 0x54, 4));
  EXPECT_FALSE(may_write(f, 0x74, 4));
  EXPECT_TRUE(may_write(f, 0xfc, 4));
  EXPECT_FALSE(may_write(f, 0x100, 4));
}

TEST(Pci, SurvivesRandomSpaces) {
  std::mt19937 random{17};
  for (int round = 0; round < 300; ++round) {
    FakeSpace space;
    std::vector<FakeFunction*> bridges{nullptr};
    for (unsigned i = 0; i < 12; ++i) {
      FakeFunction* parent = bridges[random() % bridges.size()];
      const bool is_bridge = random() % 3 == 0;
      FakeFunction& made = is_bridge ? space.add_bridge(parent, random() % 32)
                                     : space.add(parent, random() % 32, random() % 2);
      if (is_bridge) bridges.push_back(&made);
      for (unsigned change = random() % 20; change > 0; --change) {
        made.words[random() % 80] ^= 1u << random() % 32;
        made.writable[random() % 16] ^= 0xffff'ffffu << random() % 32;
      }
      if (made.word(offset::ids) == no_function) made.word(offset::ids) = 1;
    }
    Found found;
    scan(space, random() % 2 == 0 ? host_with_windows() : nucleus_pci_host{.last_bus = 7}, found);
    for (const auto& function : found.functions) {
      for (const auto& bar : function.bars) EXPECT_TRUE(bar.size == 0 || bar.bus_address % bar.size == 0);
    }
  }
}

TEST(PciMessages, FindsTheTableOnlyWithinItsBar) {
  FakeSpace space;
  space.add(nullptr, 1)
      .bar(1, 0, 0xffff'f000, 0x2000'0000)
      .capability(0x40, msi_x, 0)
      .set(0x40, 0x0004'0011)
      .set(0x44, 0x0801);
  space.add(nullptr, 2)
      .bar(1, 0, 0xffff'f000, 0x2000'0000)
      .capability(0x40, msi_x, 0)
      .set(0x40, 0x0080'0011)
      .set(0x44, 0x0801);
  space.add(nullptr, 3).bar(0, 1, 0xffff'ff00, 0xc000).capability(0x40, msi_x, 0).set(0x44, 0);
  space.add(nullptr, 4).capability(0xf8, msi_x, 0).set(0xfc, 0);
  space.add(nullptr, 5).capability(0x40, msi_x, 0).set(0x44, 7);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  const auto table = find_message_table(space, found.functions[0]);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->bar, 1u);
  EXPECT_EQ(table->offset, 0x800u);
  EXPECT_EQ(table->entries, 5u);
  // Too many entries for the BAR; a BAR of ports; a capability at the end of the space; a BAR that is none.
  for (unsigned i = 1; i < 5; ++i)
    EXPECT_FALSE(find_message_table(space, found.functions[i]).has_value()) << i;
}

TEST(PciMessages, WritesAnEntryAndTurnsThemOn) {
  FakeSpace space;
  FakeFunction& f =
      space.add(nullptr, 1).bar(1, 0, 0xffff'f000, 0x2000'0000).capability(0x40, msi_x, 0).set(0x44, 1);
  f.writable[0x40 / 4] = 0xc000'0000;
  f.writable[offset::command / 4] |= 1u << 10;
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  const auto table = find_message_table(space, found.functions[0]);
  ASSERT_TRUE(table.has_value());
  std::uint32_t words[4] = {1, 1, 1, 1};
  send_messages(space, found.functions[0], *table, words, {.address = 0x12'fee0'1000, .data = 0x77});
  EXPECT_EQ(words[0], 0xfee0'1000u);
  EXPECT_EQ(words[1], 0x12u);
  EXPECT_EQ(words[2], 0x77u);
  EXPECT_EQ(words[3], 0u);
  EXPECT_EQ(f.word(0x40) >> 30, 2u);  // on, not masked
  EXPECT_NE(f.word(offset::command) & 1u << 10, 0u);
}

TEST(PciMessages, SendsByMsiOfEitherWidth) {
  for (const bool wide : {false, true}) {
    FakeSpace space;
    FakeFunction& f = space.add(nullptr, 1).capability(0x50, msi, 0);
    f.word(0x50) |= wide ? 1u << 23 : 0;
    f.writable[0x50 / 4] = 0x0071'0000;
    for (unsigned at = 0x54; at <= 0x5c; at += 4) f.writable[at / 4] = ~0u;
    Found found;
    scan(space, nucleus_pci_host{.last_bus = 255}, found);
    EXPECT_EQ(send_message(space, found.functions[0], {.address = 0x1'fee0'0000, .data = 0x41}).ok(), wide);
    EXPECT_FALSE(send_message(space, found.functions[0], {.address = 0xfee0'0000, .data = 0x1'0000}).ok());
    EXPECT_TRUE(send_message(space, found.functions[0], {.address = 0xfee0'0000, .data = 0x41}).ok());
    EXPECT_EQ(f.word(0x54), 0xfee0'0000u);
    EXPECT_EQ(f.word(wide ? 0x5c : 0x58), 0x41u);
    EXPECT_NE(f.word(0x50) & 1u << 16, 0u);
  }
}

TEST(PciMessages, NeedsTheCapability) {
  FakeSpace space;
  space.add(nullptr, 1);
  Found found;
  scan(space, nucleus_pci_host{.last_bus = 255}, found);
  EXPECT_FALSE(find_message_table(space, found.functions[0]).has_value());
  EXPECT_FALSE(send_message(space, found.functions[0], {}).ok());
}

}  // namespace
