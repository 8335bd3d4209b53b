// SPDX-License-Identifier: ISC

// Good inputs to start from, one or some a target:
//
//   seeds TARGET FOLDER

#include <boot/limine/protocol.h>
#include <boot/pvh/start_info.h>

#include <acpi_writer.h>
#include <aml_writer.h>
#include <fdt_writer.h>
#include <tar_writer.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "target.h"

namespace {

using Input = std::vector<std::uint8_t>;

Input input_of(std::span<const std::byte> bytes) {
  Input input(bytes.size());
  if (!bytes.empty()) std::memcpy(input.data(), bytes.data(), bytes.size());
  return input;
}

Input input_of(std::string_view text) {
  return input_of(std::as_bytes(std::span(text)));
}

template <typename T>
void put(Input& input, std::size_t at, const T& value) {
  if (input.size() < at + sizeof value) input.resize(at + sizeof value);
  std::memcpy(&input[at], &value, sizeof value);
}

std::vector<Input> devicetrees() {
  FdtWriter arm;
  arm.begin("").cells("#address-cells", {2}).cells("#size-cells", {2}).cells("interrupt-parent", {1});
  arm.begin("memory@40000000")
      .strings("device_type", "memory")
      .cells("reg", {0, 0x4000'0000, 0, 0x800'0000})
      .end();
  arm.begin("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
  arm.begin("cpu@0")
      .strings("device_type", "cpu")
      .cells("reg", {0})
      .strings("enable-method", "psci")
      .end()
      .end();
  arm.begin("psci").strings("compatible", "arm,psci-1.0|arm,psci-0.2").strings("method", "hvc").end();
  arm.begin("timer")
      .strings("compatible", "arm,armv8-timer")
      .cells("interrupts", {1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4})
      .end();
  arm.begin("intc@8000000").strings("compatible", "arm,cortex-a15-gic").cells("phandle", {1});
  arm.flag("interrupt-controller").cells("#interrupt-cells", {3}).cells("#address-cells", {2});
  arm.cells("reg", {0, 0x800'0000, 0, 0x1'0000, 0, 0x801'0000, 0, 0x1'0000});
  arm.begin("v2m@8020000")
      .strings("compatible", "arm,gic-v2m-frame")
      .cells("phandle", {2})
      .flag("msi-controller");
  arm.cells("reg", {0, 0x802'0000, 0, 0x1000}).end().end();
  arm.begin("pl011@9000000").strings("compatible", "arm,pl011|arm,primecell");
  arm.cells("reg", {0, 0x900'0000, 0, 0x1000}).cells("interrupts", {0, 1, 4}).end();
  arm.begin("pl031@9010000")
      .strings("compatible", "arm,pl031")
      .cells("reg", {0, 0x901'0000, 0, 0x1000})
      .end();
  arm.begin("pcie@10000000").strings("compatible", "pci-host-ecam-generic").strings("device_type", "pci");
  arm.cells("#address-cells", {3})
      .cells("#size-cells", {2})
      .cells("#interrupt-cells", {1})
      .cells("bus-range", {0, 255});
  arm.cells("reg", {0x40, 0x1000'0000, 0, 0x1000'0000}).cells("msi-map", {0, 2, 0, 0x1'0000});
  arm.cells("ranges", {0x100'0000, 0,    0,           0,    0x3eff'0000, 0,    0x1'0000,
                       0x200'0000, 0,    0x1000'0000, 0,    0x1000'0000, 0,    0x2eff'0000,
                       0x300'0000, 0x80, 0,           0x80, 0,           0x80, 0});
  arm.cells("interrupt-map-mask", {0x1800, 0, 0, 7});
  arm.cells("interrupt-map", {0, 0, 0, 1, 1, 0, 0, 0, 3, 4, 0x800, 0, 0, 1, 1, 0, 0, 0, 4, 4}).end();
  arm.begin("chosen").strings("stdout-path", "/pl011@9000000").strings("bootargs", "a b");
  arm.cells("linux,initrd-start", {0x4800'0000}).cells("linux,initrd-end", {0x4800'1000}).end().end();

  FdtWriter riscv;
  riscv.reserve(0x8000'0000, 0x2'0000);
  riscv.begin("").cells("#address-cells", {2}).cells("#size-cells", {2});
  riscv.begin("reserved-memory").cells("#address-cells", {2}).cells("#size-cells", {2}).flag("ranges");
  riscv.begin("mmode@80000000").cells("reg", {0, 0x8000'0000, 0, 0x4'0000}).flag("no-map").end().end();
  riscv.begin("memory@80000000")
      .strings("device_type", "memory")
      .cells("reg", {0, 0x8000'0000, 0, 0x800'0000})
      .end();
  riscv.begin("cpus")
      .cells("#address-cells", {1})
      .cells("#size-cells", {0})
      .cells("timebase-frequency", {10'000'000});
  riscv.begin("cpu@0")
      .strings("device_type", "cpu")
      .cells("reg", {0})
      .strings("riscv,isa", "rv64imafdc_sstc");
  riscv.strings("mmu-type", "riscv,sv57").begin("interrupt-controller").cells("phandle", {3});
  riscv.strings("compatible", "riscv,cpu-intc").end().end().end();
  riscv.begin("soc")
      .strings("compatible", "simple-bus")
      .cells("#address-cells", {2})
      .cells("#size-cells", {2})
      .flag("ranges");
  riscv.begin("plic@c000000").strings("compatible", "sifive,plic-1.0.0|riscv,plic0").cells("phandle", {4});
  riscv.cells("interrupts-extended", {3, 11, 3, 9})
      .cells("riscv,ndev", {95})
      .cells("reg", {0, 0xc00'0000, 0, 0x60'0000})
      .end();
  riscv.begin("serial@10000000").strings("compatible", "ns16550a").cells("clock-frequency", {3'686'400});
  riscv.cells("reg", {0, 0x1000'0000, 0, 0x100})
      .cells("interrupts", {10})
      .cells("interrupt-parent", {4})
      .end();
  riscv.begin("rtc@101000")
      .strings("compatible", "google,goldfish-rtc")
      .cells("reg", {0, 0x10'1000, 0, 0x1000})
      .end();
  riscv.begin("test@100000")
      .strings("compatible", "sifive,test1|syscon")
      .cells("reg", {0, 0x10'0000, 0, 0x1000})
      .end();
  riscv.end()
      .begin("chosen")
      .strings("stdout-path", "/soc/serial@10000000")
      .cells("rng-seed", {1, 2, 3, 4})
      .end()
      .end();
  return {arm.finish(), riscv.finish()};
}

testing_acpi::Table madt() {
  return testing_acpi::Table{"APIC"}
      .set<std::uint32_t>(36, 0xfee0'0000)
      .set<std::uint32_t>(40, 1)
      .add({0, 8, 7, 3, 1, 0, 0, 0})                           // a processor
      .add({9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0})  // by x2APIC
      .add({1, 12, 2, 0, 0, 0, 0xc0, 0xfe, 24, 0, 0, 0})       // an I/O APIC
      .add({2, 10, 0, 9, 9, 0, 0, 0, 0x0f, 0});                // a line elsewhere
}

testing_acpi::Table mcfg() {
  testing_acpi::Table table{"MCFG"};
  return table.set<std::uint64_t>(44, 0xb000'0000)
      .set<std::uint16_t>(52, 0)
      .set<std::uint8_t>(55, 255)
      .set<std::uint32_t>(56, 0);
}

testing_acpi::Table plain(const char* signature, std::size_t size) {
  return testing_acpi::Table{signature}.set<std::uint8_t>(size - 1, 0);
}

testing_acpi::Table definition_block() {
  return testing_acpi::Table{"DSDT"}.add(
      {0x08, '_', 'S', '5', '_', 0x12, 0x0a, 0x04, 0x0a, 0x05, 0x0a, 0x05, 0, 0});
}

testing_acpi::Table fixed_description(std::uint32_t dsdt) {
  return plain("FACP", 276)
      .set<std::uint32_t>(40, dsdt)
      .set<std::uint32_t>(64, 0x604)
      .set<std::uint32_t>(76, 0x608);
}

std::vector<Input> acpi_tables() {
  std::vector<Input> inputs;
  testing_acpi::Table tables[] = {madt(),
                                  mcfg(),
                                  fixed_description(0),
                                  plain("HPET", 56),
                                  plain("GTDT", 104),
                                  plain("SPCR", 80),
                                  plain("RHCT", 96),
                                  definition_block()};
  for (std::uint8_t which = 0; which < std::size(tables); which++) {
    inputs.push_back({which});
    const Input table = input_of(tables[which].finish());
    inputs.back().insert(inputs.back().end(), table.begin(), table.end());
  }
  return inputs;
}

/// Tables at multiples of 64 bytes behind the root pointer.
std::vector<Input> acpi_roots() {
  constexpr std::uint32_t start = fuzz::Memory::start, list = 64, tables = 512;
  std::vector<Input> inputs;
  for (const bool extended : {false, true}) {
    Input memory;
    testing_acpi::Table all[] = {madt(), mcfg(), fixed_description(start + 2048), plain("HPET", 56)};
    testing_acpi::Table root{extended ? "XSDT" : "RSDT"};
    const auto place = [&](std::size_t at, const std::vector<std::byte>& bytes) {
      if (memory.size() < at + bytes.size()) memory.resize(at + bytes.size());
      std::memcpy(&memory[at], bytes.data(), bytes.size());
    };
    std::uint32_t at = tables;
    for (auto& table : all) {
      if (extended)
        root.set<std::uint64_t>(root.size(), start + at);
      else
        root.set<std::uint32_t>(root.size(), start + at);
      place(at, table.finish());
      at += 320;
    }
    place(2048, definition_block().finish());
    place(list, root.finish());
    place(0, testing_acpi::root_pointer(extended ? 0 : start + list, extended ? start + list : 0));
    inputs.push_back(std::move(memory));
  }
  return inputs;
}

std::vector<Input> limine_answers() {
  using namespace nucleus::limine;
  constexpr std::uint64_t hhdm = 0xffff'9000'0000'0000 + fuzz::Memory::start;
  constexpr std::size_t head = 28;  // the target's
  Input input{0, 3, 0, 0, 0, 0, 0, 0};
  const auto answer = [&](unsigned which, std::uint16_t at) { put(input, 8 + 2 * which, at); };
  for (unsigned i = 0; i < 10; i++) answer(i, 0xffff);
  answer(2, 0);
  put(input, head, ExecutableAddressResponse{0, 0x20'0000, 0xffff'ffff'8020'0000});
  answer(4, 64);
  put(input, head + 64, ListResponse{0, 2, hhdm + 128});
  put(input, head + 128, std::uint64_t{hhdm + 256});
  put(input, head + 136, std::uint64_t{hhdm + 288});
  put(input, head + 256, MemoryEntry{0x10'0000, 0x100'0000, MemoryKind::usable});
  put(input, head + 288, MemoryEntry{0x20'0000, 0x12'3000, MemoryKind::executable_and_modules});
  answer(5, 320);
  put(input, head + 320, ListResponse{0, 1, hhdm + 352});
  put(input, head + 352, std::uint64_t{hhdm + 384});
  File file{};
  file.address = hhdm;
  file.size = 512;
  put(input, head + 384, file);
  input.resize(input.size() + 512);
  return {input};
}

std::vector<Input> pvh_start_infos() {
  using namespace nucleus::pvh;
  constexpr std::uint64_t start = fuzz::Memory::start;
  Input input;
  StartInfo info{};
  info.magic = StartInfo::right_magic;
  info.version = 1;
  info.module_count = 1;
  info.modules = start + 64;
  info.command_line = start + 96;
  info.rsdp = 0xf'59e0;
  info.memory_map = start + 128;
  info.memory_map_count = 2;
  put(input, 0, info);
  put(input, 64, Module{0x300'0000, 12'345, 0, 0});
  put(input, 96, std::array<char, 4>{'a', ' ', 'b', 0});
  put(input, 128, MemoryRange{0x10'0000, 0x3ee'0000, MemoryRange::usable, 0});
  put(input, 152, MemoryRange{0, 0x9'fc00, MemoryRange::usable, 0});
  return {input};
}

std::vector<Input> elf_executables() {
  Input input{0};
  const auto field = [&](std::size_t at, auto value) { put(input, 1 + at, value); };
  constexpr std::uint64_t link = 0xffff'ffff'8020'0000;
  field(0, std::array<std::uint8_t, 8>{0x7f, 'E', 'L', 'F', 2, 1, 1, 0});
  field(16, std::uint16_t{2});
  field(18, std::uint16_t{62});
  field(20, std::uint32_t{1});
  field(24, link);
  field(32, std::uint64_t{64});
  field(52, std::uint16_t{64});
  field(54, std::uint16_t{56});
  field(56, std::uint16_t{2});
  for (unsigned i = 0; i < 2; i++) {
    const std::size_t at = 64 + 56 * i;
    field(at, std::uint32_t{1});
    field(at + 4, std::uint32_t{5});
    field(at + 8, std::uint64_t{0x1000 * i});
    field(at + 16, link + 0x1000 * i);
    field(at + 24, 0x20'0000 + std::uint64_t{0x1000} * i);
    field(at + 32, std::uint64_t{0x400});
    field(at + 40, std::uint64_t{0x800});
    field(at + 48, std::uint64_t{0x1000});
  }
  input.resize(1 + 0x1400);
  return {input};
}

std::vector<Input> bundles() {
  nucleus::TarWriter writer;
  writer.add("bin/program", "text");
  writer.add("tmp/", "", {.type = '5'});
  writer.add("link", "", {.type = '2', .link = "bin/program"});
  writer.add("paxheader", "30 path=some/other/long/name\n\n", {.type = 'x'});
  writer.add("short", "more");
  writer.end();
  return {input_of(writer.bytes())};
}

std::vector<Input> limine_confs() {
  return {input_of(
      "timeout: 0\n# a comment\ndefault_entry: 2\n/Other\n    protocol: linux\n/Bactrian\n    protocol: "
      "limine\n"
      "    kernel_path: boot():/boot/kernel.elf\n    cmdline: one two\n    module_path: boot():/bundle.tar\n"
      "    module_cmdline: of the bundle\n")};
}

std::vector<Input> disk_configurations() {
  return {
      input_of("kind = \"program\"\nprogram = \"odd.ml\"\npackages = [\"unix\"]\nargs = [\"a b\", \"c\"]\n"
               "data = \"1M\"\nconsole = \"text\"\ncommand_line = \"x\"\n[env]\nCOLOUR = \"blue\"\n[files]\n"
               "\"/data/notes.txt\" = \"notes.txt\"\n")};
}

/// The header and entries; the target mends the checksums.
/// Programs of targets/virtqueue.cc: 8 or 4 entries, requests that are used in order, once too often, and a
/// reset.
std::vector<Input> virtqueues() {
  Input whole = {3, 4, 3};
  for (std::uint8_t i = 0; i < 6; ++i) {
    for (const std::uint8_t byte : {0, 2, 0, 0, 3, 1, 0, 4, 1, 2, 3, 7}) whole.push_back(byte);
    for (const std::uint8_t byte : {5, 0, 8, 4, 4}) whole.push_back(byte);
  }
  for (const std::uint8_t byte : {5, 0, 0, 4, 4, 8, 0, 9, 3, 1, 3}) whole.push_back(byte);
  Input chains = {2, 0, 0};
  for (const std::uint8_t byte : {0, 2, 0, 1, 9, 1, 2, 9, 7, 1, 3, 5, 0, 2, 4, 5, 2, 0, 4, 5, 6, 0, 4, 8, 0})
    chains.push_back(byte);
  for (const std::uint8_t byte : {9, 5, 1, 3, 6, 70, 0, 9, 4, 8, 4, 9, 1, 1, 5, 0, 200, 4, 8, 0})
    chains.push_back(byte);
  return {whole, chains};
}

std::vector<Input> partition_tables() {
  Input disk(34 * 512);
  put(disk, 450, std::uint8_t{0xee});
  put(disk, 510, std::uint16_t{0xaa55});
  put(disk, 512, std::array<char, 8>{'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'});
  put(disk, 520, std::uint32_t{0x1'0000});
  put(disk, 524, std::uint32_t{92});
  put(disk, 536, std::uint64_t{1});
  put(disk, 544, std::uint64_t{131071});
  put(disk, 552, std::uint64_t{34});
  put(disk, 560, std::uint64_t{131038});
  put(disk, 584, std::uint64_t{2});
  put(disk, 592, std::uint32_t{128});
  put(disk, 596, std::uint32_t{128});
  put(disk, 1024,
      std::array<std::uint64_t, 6>{0x11d2'f81f'c12a'7328, 0x3bc9'3ec9'a000'4bba, 1, 1, 2048, 100351});
  return {disk};
}

/// Answers in the order in which they are asked for; an empty one: there is no such object.
std::vector<Input> aml_answers() {
  using namespace testing_aml;
  const testing_aml::Data none;
  const auto buses =
      buffer(space<std::uint16_t>(2, 0, 0x3f, 0, 0x40) + space<std::uint16_t>(1, 0xd00, 0xffff, 0, 0xf300) +
             space<std::uint32_t>(0, 0x8000'0000, 0x8fff'ffff, 0, 0x1000'0000) +
             space<std::uint64_t>(0, 1ull << 32, (3ull << 32) - 1, 0, 2ull << 32) + end_tag());
  const auto pins = package({route(1, 0, reference("\\_SB_.LNKA"), 0), route(2, 3, integer(0), 19)});
  const auto possible = buffer(irq(0x0c00, 0x18) + end_tag());
  const auto current = buffer(interrupts(1, {16}) + end_tag());
  const testing_aml::Data answers[] = {package({integer(5), integer(5)}),
                                       integer(0x030a'd041),
                                       none,
                                       none,
                                       none,
                                       buses,
                                       pins,
                                       possible,
                                       current,
                                       integer(0x1'0000),
                                       pins,
                                       none,
                                       none,
                                       none,
                                       none,
                                       integer(0x080a'd041),
                                       integer(15),
                                       integer(0),
                                       integer(0x40),
                                       buses,
                                       pins};
  Input input;
  for (const auto& answer : answers) {
    const Input length = input_of(raw(static_cast<std::uint16_t>(answer.size())));
    const Input content = input_of(answer);
    input.insert(input.end(), length.begin(), length.end());
    input.insert(input.end(), content.begin(), content.end());
  }
  return {input};
}

const std::map<std::string, std::function<std::vector<Input>()>> all = {
    {"acpi_root", acpi_roots},
    {"acpi_table", acpi_tables},
    {"aml", aml_answers},
    {"boot_bundle", bundles},
    {"devicetree", devicetrees},
    {"disk_configuration", disk_configurations},
    {"elf_executable", elf_executables},
    {"limine_answers", limine_answers},
    {"limine_conf", limine_confs},
    {"partition_table", partition_tables},
    {"virtqueue", virtqueues},
    {"pvh_start_info", pvh_start_infos},
};

}  // namespace

int main(int argc, char** argv) {
  const auto found = argc == 3 ? all.find(argv[1]) : all.end();
  if (found == all.end()) {
    std::fprintf(stderr, "usage: seeds TARGET FOLDER\n");
    return 2;
  }
  std::filesystem::create_directories(argv[2]);
  int number = 0;
  for (const Input& input : found->second()) {
    std::ofstream file(std::filesystem::path(argv[2]) / ("seed-" + std::to_string(number++)),
                       std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
  }
  return 0;
}
