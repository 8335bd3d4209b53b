// SPDX-License-Identifier: ISC

#include <syscall/runtime_parameters.h>
#include <syscall/start_stack.h>

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace nucleus {
namespace {

using namespace std::literals;

/// Reads a start stack back as a C program would, from memory that lies elsewhere.
class StackReader {
 public:
  StackReader(const std::vector<std::byte>& memory, std::uintptr_t top, std::uintptr_t sp)
      : memory_{memory}, base_{top - memory.size()}, at_{sp} {}

  std::uint64_t word() {
    std::uint64_t value = 0;
    std::memcpy(&value, memory_.data() + (at_ - base_), 8);
    at_ += 8;
    return value;
  }
  std::string string(std::uint64_t at) const {
    return reinterpret_cast<const char*>(memory_.data() + (at - base_));
  }
  std::vector<std::string> strings() {
    std::vector<std::string> all;
    while (const std::uint64_t at = word()) all.push_back(string(at));
    return all;
  }

 private:
  const std::vector<std::byte>& memory_;
  std::uintptr_t base_;
  std::uintptr_t at_;
};

TEST(StartStack, IsWhatTheLibcReads) {
  std::vector<std::byte> memory(4096);
  constexpr std::uintptr_t top = 0x7000'0000;
  const AuxiliaryEntry entries[] = {{auxiliary::page_size, 4096}, {auxiliary::capabilities, 5}};
  StartStack contents{.arguments = "prog\0-x\0\0last"sv,
                      .environment = "A=1\0B=2\0"sv,
                      .more_environment = "C=3\0"sv,
                      .auxiliary = entries};
  contents.random.fill(7);
  const std::uintptr_t sp = build_start_stack(memory, top, contents).take();
  EXPECT_EQ(sp % 16, 0u);
  StackReader reader{memory, top, sp};
  EXPECT_EQ(reader.word(), 4u);
  EXPECT_EQ(reader.strings(), (std::vector<std::string>{"prog", "-x", "", "last"}));
  EXPECT_EQ(reader.strings(), (std::vector<std::string>{"A=1", "B=2", "C=3"}));
  EXPECT_EQ(reader.word(), auxiliary::page_size);
  EXPECT_EQ(reader.word(), 4096u);
  EXPECT_EQ(reader.word(), auxiliary::capabilities);
  EXPECT_EQ(reader.word(), 5u);
  EXPECT_EQ(reader.word(), auxiliary::random);
  EXPECT_EQ(reader.string(reader.word()).substr(0, 16), std::string(16, '\7'));
  EXPECT_EQ(reader.word(), auxiliary::executable_name);
  EXPECT_EQ(reader.string(reader.word()), "prog");
  EXPECT_EQ(reader.word(), auxiliary::null);
}

TEST(StartStack, RefusesWhatDoesNotFit) {
  std::vector<std::byte> memory(512);
  const std::string arguments(600, 'x');
  StartStack contents{.arguments = arguments};
  EXPECT_EQ(build_start_stack(memory, 0x1000, contents).error(), Error::too_long);
}

TEST(StartStack, TakesAnythingThatFits) {
  std::mt19937 random{5};
  for (int round = 0; round < 2000; round++) {
    std::vector<std::byte> memory(16 + random() % 2000);
    std::string arguments(random() % 300, 'a');
    std::string environment(random() % 300, 'e');
    for (char& c : arguments) c = random() % 4 ? 'a' : '\0';
    for (char& c : environment) c = random() % 4 ? 'e' : '\0';
    StartStack contents{.arguments = arguments, .environment = environment};
    auto sp = build_start_stack(memory, 0x10000, contents);
    if (!sp.ok()) continue;
    StackReader reader{memory, 0x10000, sp.value()};
    const std::uint64_t count = reader.word();
    EXPECT_EQ(reader.strings().size(), count);
  }
}

std::string parameters_of(std::string environment, std::uint64_t limit, std::string* rest = nullptr) {
  std::string buffer(200, '?');
  const RuntimeParameters parameters = with_limits(environment, {.stack = limit}, buffer);
  if (rest) *rest = parameters.environment;
  return std::string{parameters.more_environment};
}

TEST(RuntimeParameters, AddTheStackLimit) {
  std::string rest;
  EXPECT_EQ(parameters_of("A=1\0"s, 1000, &rest), "OCAMLRUNPARAM=l=1000\0"s);
  EXPECT_EQ(rest, "A=1\0"s);
  EXPECT_EQ(parameters_of("", 1000), "OCAMLRUNPARAM=l=1000\0"s);
  EXPECT_EQ(parameters_of("A=1\0OCAMLRUNPARAM=v=0x400,b\0Z=2\0"s, 7, &rest),
            "OCAMLRUNPARAM=v=0x400,b,l=7\0"s);
  EXPECT_EQ(rest, "A=1\0Z=2\0"s);
  EXPECT_EQ(parameters_of("CAMLRUNPARAM=b\0"s, 7, &rest), "CAMLRUNPARAM=b,l=7\0"s);
  EXPECT_EQ(rest, "");
}

TEST(RuntimeParameters, LeaveTheUsersOwnLimit) {
  std::string rest;
  EXPECT_EQ(parameters_of("OCAMLRUNPARAM=b,l=5\0"s, 7, &rest), "");
  EXPECT_EQ(rest, "OCAMLRUNPARAM=b,l=5\0"s);
  EXPECT_EQ(parameters_of("OCAMLRUNPARAM=l=5\0CAMLRUNPARAM=x\0"s, 7), "");
  EXPECT_NE(parameters_of("OCAMLRUNPARAM=ml=5\0"s, 7), "");
}

TEST(RuntimeParameters, FitTheMachine) {
  EXPECT_EQ(stack_limit_words(std::uint64_t{256} << 20) * 8, std::uint64_t{64} << 20);
  EXPECT_EQ(stack_limit_words(std::uint64_t{64} << 30) * 8, std::uint64_t{1} << 30);
  EXPECT_EQ(stack_limit_words(std::uint64_t{2} << 20) * 8, std::uint64_t{1} << 20);
}

}  // namespace
}  // namespace nucleus
