// SPDX-License-Identifier: ISC

#include <arch/aarch64/call_sites.h>
#include <arch/riscv64/call_sites.h>
#include <arch/x86_64/call_sites.h>
#include <panic/backtrace.h>

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace nucleus {
namespace {

/// Words at addresses, and code from 0x100000 to 0x200000.
class FakeMemory final : public MemoryView {
 public:
  std::map<std::uint64_t, std::uint64_t> words;

  bool word(std::uint64_t at, std::uint64_t& value) const override {
    const auto found = words.find(at);
    if (found == words.end()) return false;
    value = found->second;
    return true;
  }
  bool code(std::uint64_t, std::uint8_t*, std::size_t) const override { return false; }
  bool is_code(std::uint64_t at) const override { return at >= 0x100000 && at < 0x200000; }

  void put(std::uint64_t at, std::initializer_list<std::uint64_t> values) {
    for (const std::uint64_t value : values) {
      words[at] = value;
      at += 8;
    }
  }
};

/// Calls end at even addresses in this world.
bool even(const MemoryView&, std::uint64_t address) {
  return address % 2 == 0;
}

class BacktraceTest : public testing::Test {
 protected:
  static constexpr std::uint64_t tables = 0x10000;
  static constexpr std::uint64_t table = 0x11000;
  static constexpr std::uint64_t c_stack = 0x20000;
  static constexpr std::uint64_t fiber = 0x30000;

  FakeMemory memory;
  std::vector<std::string> lines;

  /// Descriptors: of 0x150000 with 32 bytes, one live value and debug information; of 0x160000 with 16 bytes;
  /// of 0x170000 the end of a chunk.
  void SetUp() override {
    memory.put(tables, {table, 0});
    memory.put(table,
               {3, 0x150000, 0x0000'0008'0001'0000 | 32 | 1, 0xdddd'dddd, 0x160000, 16, 0x170000, 0xffff});
  }

  static void note(void* lines, const BacktraceLine& line) {
    char text[64];
    std::snprintf(text, sizeof text, "%s%lx", line.guessed ? "?" : "",
                  static_cast<unsigned long>(line.address));
    const std::string repeated = line.repeated > 0 ? "*" + std::to_string(line.repeated) : "";
    static_cast<std::vector<std::string>*>(lines)->push_back(text + repeated);
  }
  void scan(const BacktraceStart& start) {
    const OcamlFrameTables ocaml{memory, tables};
    Backtrace{memory, ocaml, even, note, &lines}.scan(start);
  }
};

TEST_F(BacktraceTest, FindsFrameDescriptors) {
  const OcamlFrameTables ocaml{memory, tables};
  EXPECT_EQ(ocaml.find(0x150000).size, 32u);
  EXPECT_EQ(ocaml.find(0x160000).size, 16u);
  EXPECT_TRUE(ocaml.find(0x170000).ends_chunk);
  EXPECT_FALSE(ocaml.find(0x150001).found);
  EXPECT_FALSE(OcamlFrameTables(memory, 0).find(0x150000).found);
}

TEST_F(BacktraceTest, ScansForCallsAndWalksOcamlExactly) {
  // A guess, noise, a return into OCaml; its frame holds what looks like a call; two more frames.
  memory.put(c_stack, {0x100010, 0x100011, 7, 0x150000,  //
                       0x100020, 0x100022, 0x100024, 0x160000, 0x100026, 0x170000, 0x100028});
  scan({.program_counter = 0x123457, .stack_pointer = c_stack});
  EXPECT_EQ(lines, (std::vector<std::string>{"123457", "?100010", "150000", "160000", "170000", "?100028"}));
}

TEST_F(BacktraceTest, CrossesFromTheCStackToTheFiberAndItsParent) {
  constexpr std::uint64_t parent = 0x40000;
  constexpr std::uint64_t handler = 0x35000;
  memory.put(c_stack, {0x100010, fiber, 0x31000, 0, 0x100012});
  memory.put(fiber, {0x31000, 0, handler});
  memory.put(0x31000, {0x150000, 1, 1, 1, 0x170000});
  memory.put(handler, {1, 1, 1, parent});
  memory.put(parent, {0x41000, 0, handler + 0x100});
  memory.put(handler + 0x100, {1, 1, 1, 0});
  memory.put(0x41000, {1, 0x160000, 9, 0x170000});  // with a saved frame pointer first
  scan({.program_counter = 0x100001, .stack_pointer = c_stack});
  EXPECT_EQ(lines, (std::vector<std::string>{"100001", "?100010", "150000", "170000", "160000", "170000"}));
}

TEST_F(BacktraceTest, FollowsFramePointersThenScans) {
  const OcamlFrameTables ocaml{memory, tables};
  memory.put(0x50000, {0x50100, 0x100001});
  memory.put(0x50100, {c_stack, 0x100003});
  memory.put(c_stack, {0xbad, 0x100005, 0x100006});
  Backtrace{memory, ocaml, even, note, &lines}.follow_frame_pointers({.frame_pointer = 0x50000}, 0x50000,
                                                                     0x51000, 0);
  EXPECT_EQ(lines, (std::vector<std::string>{"100001", "100003", "100005", "?100006"}));
}

TEST_F(BacktraceTest, CountsARecursionAndStartsAboveAnOverflow) {
  std::uint64_t at = 0x80000;
  for (int i = 0; i < 10000; i++, at += 24) memory.put(at, {1, 0x100010, 3});
  memory.put(at, {0x100012});
  scan({.program_counter = 0x100001, .stack_pointer = 0x7f123});
  EXPECT_EQ(lines, (std::vector<std::string>{"100001", "?100010*9999", "?100012"}));
}

TEST_F(BacktraceTest, EndsInALoop) {
  const OcamlFrameTables ocaml{memory, tables};
  memory.put(0x50000, {0x50000, 0x100001});
  Backtrace{memory, ocaml, even, note, &lines}.follow_frame_pointers({.frame_pointer = 0x50000}, 0x50000,
                                                                     0x51000, 0);
  EXPECT_LE(lines.size(), 3u);
  memory.put(c_stack, {0x160000});
  memory.put(c_stack + 8, {0x160000, 0x160000, 0x160000});
  scan({.program_counter = 0x100001, .stack_pointer = c_stack});
  EXPECT_LE(lines.size(), Backtrace::max_lines * 2u);
}

TEST_F(BacktraceTest, SurvivesNoise) {
  std::mt19937_64 random{8};
  for (int round = 0; round < 3000; round++) {
    memory.words.clear();
    const auto value = [&]() -> std::uint64_t {
      switch (random() % 6) {
        case 0:
          return 0x100000 + random() % 0x100000;
        case 1:
          return std::array{tables, table, c_stack, fiber}[random() % 4] + random() % 16 * 8;
        case 2:
          return random() % 100;
        case 3:
          return 0x150000;
        default:
          return random();
      }
    };
    for (const std::uint64_t base : {tables, table, c_stack, fiber}) {
      for (unsigned i = 0; i < 24; i++) memory.words[base + i * 8] = value();
    }
    scan({.program_counter = value(), .stack_pointer = c_stack, .return_address = value()});
    const OcamlFrameTables ocaml{memory, tables};
    Backtrace{memory, ocaml, even, note, &lines}.follow_frame_pointers({.frame_pointer = fiber}, fiber,
                                                                       fiber + 200, 0);
    ASSERT_LE(lines.size(), 2 * Backtrace::max_lines);
    lines.clear();
  }
}

TEST(CallSites, AreKnownOnAllArchitectures) {
  using X86 = std::array<std::uint8_t, 7>;
  EXPECT_TRUE(arch::x86_64::is_after_call(X86{0, 0, 0xe8, 1, 2, 3, 4}));           // call rel32
  EXPECT_TRUE(arch::x86_64::is_after_call(X86{0, 0, 0, 0, 0, 0xff, 0xd0}));        // call *%rax
  EXPECT_TRUE(arch::x86_64::is_after_call(X86{0, 0, 0, 0, 0xff, 0x50, 0x08}));     // call *8(%rax)
  EXPECT_TRUE(arch::x86_64::is_after_call(X86{0, 0xff, 0x15, 1, 2, 3, 4}));        // call *x(%rip)
  EXPECT_TRUE(arch::x86_64::is_after_call(X86{0, 0, 0, 0xff, 0x54, 0x24, 0x08}));  // call *8(%rsp)
  EXPECT_TRUE(arch::x86_64::is_after_call(X86{0xff, 0x14, 0xc5, 1, 2, 3, 4}));     // call *x(,%rax,8)
  EXPECT_FALSE(arch::x86_64::is_after_call(X86{0, 0, 0, 0, 0, 0xff, 0xe0}));       // jmp *%rax
  EXPECT_FALSE(arch::x86_64::is_after_call(X86{0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90}));
  using Four = std::array<std::uint8_t, 4>;
  EXPECT_TRUE(arch::aarch64::is_after_call(Four{0x01, 0x00, 0x00, 0x94}));   // bl
  EXPECT_TRUE(arch::aarch64::is_after_call(Four{0x00, 0x02, 0x3f, 0xd6}));   // blr x16
  EXPECT_FALSE(arch::aarch64::is_after_call(Four{0x00, 0x02, 0x1f, 0xd6}));  // br x16
  EXPECT_TRUE(arch::riscv64::is_after_call(Four{0xef, 0x00, 0x40, 0x00}));   // jal ra
  EXPECT_TRUE(arch::riscv64::is_after_call(Four{0xe7, 0x80, 0x07, 0x00}));   // jalr ra, a5
  EXPECT_TRUE(arch::riscv64::is_after_call(Four{0x01, 0x00, 0x82, 0x97}));   // c.jalr a5
  EXPECT_FALSE(arch::riscv64::is_after_call(Four{0x01, 0x00, 0x82, 0x80}));  // ret
}

}  // namespace
}  // namespace nucleus
