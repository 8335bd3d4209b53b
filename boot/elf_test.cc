// SPDX-License-Identifier: ISC

// What the loader accepts as a kernel, and what not.

#include <boot/elf.h>

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {
using namespace loader;

constexpr std::uint16_t machine = 62;
constexpr std::uint64_t link_address = 0xffff'ffff'8020'0000;

/// A file with two segments, which tests then damage.
class File {
 public:
  File() : bytes_(0x3000) {
    const std::uint8_t start[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    std::memcpy(bytes_.data(), start, sizeof start);
    put16(16, 2);
    put16(18, machine);
    put64(24, link_address + 0x10);
    put64(32, 64);
    put16(54, 56);
    put16(56, 2);
    segment(0, 1, 0x1000, link_address, 0x1000, 0x1000, 0x20'0000);
    segment(1, 1, 0x2000, link_address + 0x1000, 0x800, 0x1234, 0x1000);
    flags(0, 5);
    flags(1, 6);
  }

  void segment(unsigned index, std::uint32_t type, std::uint64_t offset, std::uint64_t address,
               std::uint64_t file_size, std::uint64_t memory_size, std::uint64_t alignment) {
    const std::size_t at = 64 + 56 * index;
    put32(at, type);
    put64(at + 8, offset);
    put64(at + 16, address);
    put64(at + 32, file_size);
    put64(at + 40, memory_size);
    put64(at + 48, alignment);
  }

  void flags(unsigned index, std::uint32_t flags) { put32(64 + 56 * index + 4, flags); }

  void put8(std::size_t at, std::uint8_t value) { put(at, value); }
  void put16(std::size_t at, std::uint16_t value) { put(at, value); }
  void put32(std::size_t at, std::uint32_t value) { put(at, value); }
  void put64(std::size_t at, std::uint64_t value) { put(at, value); }
  void cut(std::size_t size) { bytes_.resize(size); }
  std::size_t size() const { return bytes_.size(); }

  std::string parse(Executable& executable) const {
    // A copy of the exact size, so that the address sanitizer sees the first byte too much.
    const std::vector<std::byte> exact(bytes_);
    const char* problem = parse_elf(exact, machine, executable);
    return problem == nullptr ? "" : problem;
  }

  void expect_problem(const char* part) const {
    Executable executable;
    EXPECT_NE(parse(executable).find(part), std::string::npos) << parse(executable);
  }

 private:
  template <typename T>
  void put(std::size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  std::vector<std::byte> bytes_;
};

TEST(LoaderElf, ReadsAKernel) {
  Executable executable;
  EXPECT_EQ(File{}.parse(executable), "");
  EXPECT_EQ(executable.segment_count, 2u);
  EXPECT_EQ(executable.start, link_address);
  EXPECT_EQ(executable.size, 0x3000u);
  EXPECT_EQ(executable.alignment, 0x20'0000u);
  EXPECT_EQ(executable.entry, link_address + 0x10);
  EXPECT_EQ(executable.segments[1].file_size, 0x800u);
  EXPECT_EQ(executable.segments[1].memory_size, 0x1234u);
  EXPECT_TRUE(executable.segments[0].executable && !executable.segments[0].writable);
  EXPECT_TRUE(executable.segments[1].writable && !executable.segments[1].executable);
}

TEST(LoaderElf, RefusesWhatIsNoKernel) {
  File file;
  file.put8(1, 'X');
  file.expect_problem("no ELF file");
  file = {};
  file.put8(4, 1);
  file.expect_problem("64-bit");
  file = {};
  file.put16(18, 3);
  file.expect_problem("another kind of processor");
  file = {};
  file.put16(16, 3);
  file.expect_problem("fixed address");
  file = {};
  file.put16(56, 0);
  file.expect_problem("nothing to load");
  file = {};
  file.put16(54, 32);
  file.expect_problem("strange size");
  file = {};
  file.segment(0, 4, 0, 0, 0, 0, 0);
  file.segment(1, 4, 0, 0, 0, 0, 0);
  file.expect_problem("nothing to load");
}

TEST(LoaderElf, RefusesBrokenSegments) {
  File file;
  file.segment(1, 1, 0x2000, link_address + 0x1000, 0x2000, 0x2000, 0x1000);
  file.expect_problem("cut off: a segment");
  file.segment(1, 1, ~0ull, link_address + 0x1000, 2, 0x1000, 0x1000);
  file.expect_problem("cut off: a segment");
  file.segment(1, 1, 0x2000, link_address + 0x1000, 0x800, 0x700, 0x1000);
  file.expect_problem("larger in the file");
  file.segment(1, 1, 0x2000, 0x20'0000, 0x800, 0x1000, 0x1000);
  file.expect_problem("last 2 GiB");
  file.segment(1, 1, 0x2000, ~0ull - 0x2000, 0x800, 0x1000'0000, 0x1000);
  file.expect_problem("last 2 GiB");
  file.segment(1, 1, 0x2000, link_address + 0x800, 0x800, 0x1000, 0x1000);
  file.expect_problem("overlap");
  file.segment(0, 1, 0x1000, link_address, 0x800, 0x800, 0x20'0000);
  file.segment(1, 1, 0x2000, link_address + 0x800, 0x800, 0x1000, 0x1000);
  file.expect_problem("share a page");
  file = {};
  file.segment(1, 1, 0x2000, link_address + 0x1000, 0x800, 0x1000, 0x3000);
  file.expect_problem("alignment");
  file.segment(1, 1, 0x2000, link_address + 0x1000, 0x800, 0x1000, std::uint64_t{1} << 40);
  file.expect_problem("alignment");
  file = {};
  file.flags(1, 7);
  file.expect_problem("both writable and executable");
  file = {};
  file.put64(32, ~0ull - 8);
  file.expect_problem("cut off within its program headers");
}

TEST(LoaderElf, NoticesEveryCut) {
  const std::size_t content_end = 0x2800;
  for (std::size_t size = 0; size < content_end; size += size < 0x200 ? 1 : 0x100) {
    File file;
    file.cut(size);
    file.expect_problem("cut off");
  }
}

TEST(LoaderElf, SurvivesAnything) {
  std::mt19937_64 random{1};
  for (unsigned round = 0; round < 20'000; ++round) {
    File file;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % 176;
      file.put8(at, static_cast<std::uint8_t>(random()));
    }
    Executable executable;
    if (!file.parse(executable).empty()) continue;
    for (unsigned i = 0; i < executable.segment_count; ++i) {
      const Segment& segment = executable.segments[i];
      EXPECT_LE(segment.file_offset + segment.file_size, file.size());
      EXPECT_LE(segment.file_size, segment.memory_size);
      EXPECT_LE(segment.address - executable.start + segment.memory_size, executable.size);
    }
  }
}

}  // namespace
