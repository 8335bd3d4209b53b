// SPDX-License-Identifier: ISC

// Decoding of a Limine loader's answers, good and bad.

#include "physical_memory.h"

#include <boot/limine/decode.h>
#include <boot/limine_x86/loaders_tables.h>
#include <nucleus/memory_layout.h>

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

namespace {
using namespace nucleus;
using namespace nucleus::limine;

constexpr std::uint64_t hhdm = 0xffff'9000'0000'0000;
constexpr std::uint64_t image_at = 0x7d40'3000;  // of 4 KiB alignment only
constexpr std::uint64_t image_size = 0x12'3000;

class Limine : public testing::Test {
 protected:
  Limine() {
    requests.base_revision.revision = 0;
    requests.base_revision.word[1] = 3;
    facts = {hhdm, image_at};
    answer(requests.executable_address, ExecutableAddressResponse{0, image_at, layout::image_start.value});
    set_map({{0x10'0000, 0x100'0000, MemoryKind::usable},
             {image_at, image_size, MemoryKind::executable_and_modules}});
  }

  /// Puts a structure somewhere in physical memory; returns the address as the loader has it.
  template <typename T>
  std::uint64_t place(const T& value) {
    const std::uint64_t at = next;
    memory.put_value(at, value);
    next += 0x1000;
    return at + hhdm;
  }

  std::uint64_t place_string(const std::string& text) {
    const std::uint64_t at = next;
    std::vector<std::byte> bytes(text.size() + 1);
    std::memcpy(bytes.data(), text.c_str(), bytes.size());
    memory.put(at, bytes);
    next += 0x1000 + bytes.size();
    return at + hhdm;
  }

  template <typename T>
  void answer(Request& request, const T& response) {
    request.response = place(response);
  }

  template <typename T>
  void answer_list(Request& request, const std::vector<T>& items) {
    std::vector<std::byte> pointers(items.size() * 8);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::uint64_t at = place(items[i]);
      std::memcpy(pointers.data() + 8 * i, &at, 8);
    }
    const std::uint64_t list = next;
    memory.put(list, pointers);
    next += 0x1000 + pointers.size();
    answer(request, ListResponse{0, items.size(), list + hhdm});
  }

  void set_map(const std::vector<MemoryEntry>& entries) { answer_list(requests.memory_map, entries); }

  std::string decode_all() {
    boot = {};
    const char* problem = decode(requests, facts, memory.reader(), layout::image_start, image_size, boot);
    return problem == nullptr ? "" : problem;
  }

  void expect_problem(const char* part) {
    EXPECT_NE(decode_all().find(part), std::string::npos) << decode_all();
  }

  Requests requests{};
  EntryFacts facts;
  testing_memory::PhysicalMemory memory;
  BootInfo boot{};
  std::uint64_t next = 0x1'0000;
};

constexpr std::uint64_t nowhere = hhdm + 0x6666'0000;

File file_at(std::uint64_t address, std::uint64_t size, std::uint64_t command_line = 0) {
  File file{};
  file.address = address;
  file.size = size;
  file.command_line = command_line;
  return file;
}

TEST_F(Limine, DecodesEverything) {
  answer(requests.bootloader_info, BootloaderInfoResponse{0, place_string("Loader"), place_string("8.7.0")});
  set_map({{0x1000, 0x9'e000, MemoryKind::usable},
           {0x9'f000, 0x6'1000, MemoryKind::reserved},
           {0x10'0000, 0x70'0000, MemoryKind::usable},
           {0x80'0000, 0x10'0000, MemoryKind::bootloader_reclaimable},
           {0x90'0000, 0x10'0000, MemoryKind::acpi_reclaimable},
           {0xa0'0000, 0x1000, MemoryKind::acpi_nvs},
           {0xb0'0000, 0x1000, MemoryKind::bad},
           {image_at, 0x20'0000, MemoryKind::executable_and_modules},
           {0x8000'0000, 0x40'0000, MemoryKind::framebuffer},
           {0x9000'0000, 0x1000, MemoryKind{77}}});
  answer_list(requests.modules,
              std::vector{file_at(hhdm + 0x7d52'6000, 12'345), file_at(hhdm + 0x7d55'0000, 5)});
  answer(requests.executable_file,
         ExecutableFileResponse{0, place(file_at(0, 0, place_string("hello there")))});
  answer(requests.rsdp, AddressResponse{0, 0xf'59e0});
  answer(requests.devicetree, AddressResponse{0, hhdm + 0x4000'0000});
  limine::Framebuffer screen{};
  screen.address = hhdm + 0x8000'0000;
  screen.width = 1280;
  screen.height = 800;
  screen.pitch = 5120;
  screen.bits_per_pixel = 32;
  screen.model = limine::Framebuffer::rgb_model;
  screen.red_shift = 16;
  screen.green_shift = 8;
  answer_list(requests.framebuffer, std::vector{screen});
  RandomSeedResponse seed{0, 32, {}};
  seed.bytes[0] = 42;
  answer(requests.random_seed, seed);

  EXPECT_EQ(decode_all(), "");
  EXPECT_STREQ(boot.protocol, "limine");
  EXPECT_STREQ(boot.loader.data(), "Loader");
  EXPECT_STREQ(boot.command_line.data(), "hello there");
  EXPECT_EQ(boot.rsdp, PhysAddr{0xf'59e0});
  EXPECT_EQ(boot.devicetree.start, PhysAddr{0x4000'0000});
  ASSERT_EQ(boot.memory_count, 3u);
  EXPECT_EQ(boot.memory[0].start, PhysAddr{0x1000});
  EXPECT_EQ(boot.memory[1].start, PhysAddr{0x10'0000});
  EXPECT_EQ(boot.memory[1].size, 0x80'0000u) << "the loader's own memory is ours now";
  EXPECT_EQ(boot.memory[2].start, PhysAddr{image_at});
  EXPECT_EQ(boot.image.start, PhysAddr{image_at});
  EXPECT_EQ(boot.bundle.start, PhysAddr{0x7d52'6000});
  EXPECT_EQ(boot.bundle.size, 12'345u);
  ASSERT_EQ(boot.reserved_count, 2u);
  EXPECT_EQ(boot.reserved[0].size, image_size);
  EXPECT_EQ(boot.reserved[1].start, boot.bundle.start);
  EXPECT_EQ(boot.screen.memory.start, PhysAddr{0x8000'0000});
  EXPECT_EQ(boot.screen.memory.size, 5120u * 800);
  EXPECT_EQ(boot.screen.red_shift, 16u);
  EXPECT_EQ(boot.entropy_size, 32u);
  EXPECT_EQ(boot.entropy[0], 42u);
}

TEST_F(Limine, ManagesWithTheLeast) {
  EXPECT_EQ(decode_all(), "");
  EXPECT_EQ(boot.bundle.size, 0u);
  EXPECT_EQ(boot.rsdp.value, 0u);
  EXPECT_EQ(boot.devicetree.start.value, 0u);
  EXPECT_EQ(boot.screen.memory.size, 0u);
  EXPECT_EQ(boot.entropy_size, 0u);
}

TEST_F(Limine, TakesAddressesPhysicalOrNot) {
  answer(requests.rsdp, AddressResponse{0, hhdm + 0xf'59e0});  // as before base revision 3
  answer(requests.devicetree, AddressResponse{0, 0x4000'0000});
  EXPECT_EQ(decode_all(), "");
  EXPECT_EQ(boot.rsdp, PhysAddr{0xf'59e0});
  EXPECT_EQ(boot.devicetree.start, PhysAddr{0x4000'0000});
}

TEST_F(Limine, WorksWithRevisionTwo) {
  requests.base_revision = {};  // untouched by a loader that has not got 3 and does not tell
  EXPECT_EQ(decode_all(), "");
  requests.base_revision.word[1] = 2;
  EXPECT_EQ(decode_all(), "");
  requests.base_revision.word[1] = 1;
  expect_problem("base revision below 2");
}

TEST_F(Limine, SaysWhatIsMissing) {
  facts.hhdm_offset = 0;
  expect_problem("where its direct map is");
  facts = {hhdm, 0};
  expect_problem("where the image is");
  facts = {hhdm, image_at};
  requests.memory_map.response = 0;
  expect_problem("no memory map");
}

TEST_F(Limine, RefusesImpossibleImages) {
  answer(requests.executable_address,
         ExecutableAddressResponse{0, image_at, layout::image_start.value + 0x1000});
  expect_problem("away from its link address");
  answer(requests.executable_address,
         ExecutableAddressResponse{0, image_at + 0x1000, layout::image_start.value});
  expect_problem("impossible place");
  facts.physical_base = image_at + 1;
  answer(requests.executable_address, ExecutableAddressResponse{0, image_at + 1, layout::image_start.value});
  expect_problem("impossible place");
  facts.physical_base = ~std::uint64_t{0xfff};
  answer(requests.executable_address,
         ExecutableAddressResponse{0, ~std::uint64_t{0xfff}, layout::image_start.value});
  expect_problem("wraps");
}

TEST_F(Limine, RefusesBadMemoryMaps) {
  set_map({});
  expect_problem("no usable memory");
  set_map({{~std::uint64_t{0xfff}, 0x10'0000, MemoryKind::usable}});
  expect_problem("wraps");
  std::vector<MemoryEntry> scattered;
  for (std::uint64_t i = 0; i <= BootInfo::max_memory_ranges; ++i)
    scattered.push_back({i * 0x10'0000, 0x1000, MemoryKind::usable});
  set_map(scattered);
  expect_problem("too many usable ranges");
  answer(requests.memory_map, ListResponse{0, 5'000, hhdm + 0x1000});
  expect_problem("too long");
  answer(requests.memory_map, ListResponse{0, 1, nowhere});
  expect_problem("memory map is out of reach");
  answer(requests.memory_map, ListResponse{0, 1, place(nowhere)});
  expect_problem("memory map is out of reach");
  answer(requests.memory_map, ListResponse{0, 1, 0});
  expect_problem("memory map is out of reach");
  requests.memory_map.response = nowhere;
  expect_problem("memory map is out of reach");
}

TEST_F(Limine, RefusesBadModules) {
  answer_list(requests.modules, std::vector{file_at(~std::uint64_t{0}, ~std::uint64_t{0})});
  expect_problem("bundle wraps");
  answer(requests.modules, ListResponse{0, 1, place(nowhere)});
  expect_problem("module list is out of reach");
  answer(requests.modules, ListResponse{0, 5'000, hhdm});
  expect_problem("module list is too long");
  answer(requests.modules, ListResponse{0, 0, 0});
  EXPECT_EQ(decode_all(), "");
}

TEST_F(Limine, RefusesBadCommandLines) {
  answer(requests.executable_file, ExecutableFileResponse{0, nowhere});
  expect_problem("executable file");
  answer(requests.executable_file, ExecutableFileResponse{0, place(file_at(0, 0, nowhere))});
  expect_problem("command line is out of reach");
  answer(requests.executable_file,
         ExecutableFileResponse{0, place(file_at(0, 0, place_string(std::string(2'000, 'x'))))});
  expect_problem("command line is too long");
}

TEST_F(Limine, RefusesAnswersOutOfReach) {
  for (Request* request : {&requests.bootloader_info, &requests.modules, &requests.rsdp, &requests.devicetree,
                           &requests.framebuffer, &requests.random_seed}) {
    const std::uint64_t before = request->response;
    request->response = nowhere;
    expect_problem("out of reach");
    request->response = before;
  }
}

TEST_F(Limine, KeepsTheDevicetreeWhenTheRestIsBad) {
  answer(requests.devicetree, AddressResponse{0, hhdm + 0x4000'0000});
  requests.memory_map.response = 0;
  expect_problem("no memory map");
  EXPECT_EQ(boot.devicetree.start, PhysAddr{0x4000'0000}) << "it names the console";
}

TEST_F(Limine, LeavesStrangeScreensAlone) {
  limine::Framebuffer screen{};
  screen.address = hhdm + 0x8000'0000;
  screen.width = 1280;
  screen.height = 800;
  screen.pitch = 5120;
  screen.bits_per_pixel = 24;
  screen.model = limine::Framebuffer::rgb_model;
  answer_list(requests.framebuffer, std::vector{screen});
  EXPECT_EQ(decode_all(), "");
  EXPECT_EQ(boot.screen.memory.size, 0u);
  screen.bits_per_pixel = 32;
  screen.pitch = 100;
  answer_list(requests.framebuffer, std::vector{screen});
  EXPECT_EQ(decode_all(), "");
  EXPECT_EQ(boot.screen.memory.size, 0u);
}

// Whatever a loader answers, decoding ends, in success or in a phrase, and stays within its bounds (the
// sanitizers look).
TEST_F(Limine, SurvivesAnything) {
  std::mt19937_64 random{1};
  std::vector<std::byte> noise(1 << 16);
  const auto value = [&]() -> std::uint64_t {
    switch (random() % 4) {
      case 0:
        return random();
      case 1:
        return random() % 8;
      case 2:
        return random() % noise.size();
      default:
        return hhdm + random() % noise.size();
    }
  };
  for (unsigned round = 0; round < 3'000; ++round) {
    for (std::size_t at = 0; at < noise.size(); at += 8) {
      const std::uint64_t word = value();
      std::memcpy(noise.data() + at, &word, 8);
    }
    if (round % 100 == 0) memory = {};
    memory.put(0, noise);
    for (Request* request :
         {&requests.bootloader_info, &requests.executable_address, &requests.executable_file,
          &requests.memory_map, &requests.modules, &requests.rsdp, &requests.devicetree,
          &requests.framebuffer, &requests.random_seed})
      request->response = random() % 3 == 0 ? 0 : value() & ~std::uint64_t{7};
    decode_all();
    EXPECT_LE(boot.memory_count, boot.memory.size());
    EXPECT_LE(boot.entropy_size, boot.entropy.size());
    EXPECT_EQ(boot.command_line.back(), '\0');
  }
}

TEST_F(Limine, TakesADateThatCanBe) {
  answer(requests.date_at_boot, DateAtBootResponse{0, 1'700'000'000});
  EXPECT_EQ(decode_all(), "");
  EXPECT_EQ(boot.date_seconds, 1'700'000'000u);
  answer(requests.date_at_boot, DateAtBootResponse{0, -1});
  EXPECT_EQ(decode_all(), "");
  EXPECT_EQ(boot.date_seconds, 0u);
  requests.date_at_boot.response = 0x1234'5000;
  expect_problem("date is out of reach");
}

TEST(LimineRequests, LieAsTheProtocolWants) {
  const Requests requests{};
  const auto* words = reinterpret_cast<const std::uint64_t*>(&requests);
  EXPECT_EQ(words[0], 0xf6b8'f4b3'9de7'd1ae);
  EXPECT_EQ(words[4], 0xf956'2b2d'5c95'a6c8);
  EXPECT_EQ(words[6], 3u) << "the base revision";
  EXPECT_EQ(words[sizeof requests / 8 - 2], 0xadc0'e053'1bb1'0d03);
  EXPECT_EQ(sizeof(Request), 48u);
  EXPECT_EQ(sizeof(EntryPointRequest), 56u);
}

constexpr std::uint64_t present = 1;
constexpr std::uint64_t large = 1 << 7;

TEST(LimineX86, TheLoadersTablesAreReserved) {
  testing_memory::PhysicalMemory memory;
  std::array<std::uint64_t, 512> table{};
  table[1] = 0x7000'0000 | present;  // two beside each other, the second below the first
  table[2] = 0x6fff'f000 | present;
  table[3] = 0x1234'0000 | present | large;  // no table
  table[4] = 0x5000'0000 | present;
  memory.put_value(0x7000'1000, table);
  BootInfo boot;
  ASSERT_EQ(reserve_loaders_tables(0x7000'1000 | present, memory.reader(), boot), nullptr);
  ASSERT_EQ(boot.reserved_count, 2u);
  EXPECT_EQ(boot.reserved[0].start.value, 0x6fff'f000u);
  EXPECT_EQ(boot.reserved[0].size, 0x3000u);
  EXPECT_EQ(boot.reserved[1].start.value, 0x5000'0000u);
  EXPECT_EQ(boot.reserved[1].size, 0x1000u);
}

TEST(LimineX86, TablesThatCannotBeReadOrKeptAreTold) {
  testing_memory::PhysicalMemory memory;
  BootInfo boot;
  EXPECT_NE(reserve_loaders_tables(0, memory.reader(), boot), nullptr);
  EXPECT_NE(reserve_loaders_tables(0x1000 | present, memory.reader(), boot), nullptr);
  std::array<std::uint64_t, 512> table{};
  for (unsigned i = 0; i < 512; ++i) table[i] = (0x4000'0000 + i * 0x2000) | present;
  memory.put_value(0x8000, table);
  EXPECT_NE(reserve_loaders_tables(0x8000 | present, memory.reader(), boot), nullptr);
}

}  // namespace
