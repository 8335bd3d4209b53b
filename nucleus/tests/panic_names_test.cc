// SPDX-License-Identifier: ISC

#include <panic/demangle.h>
#include <panic/symbols.h>

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace nucleus {
namespace {

std::string found(const SymbolTable& table, std::uint64_t address) {
  const Symbol symbol = table.find(address);
  return symbol.name.empty() ? "" : std::string{symbol.name} + "+" + std::to_string(symbol.offset);
}

TEST(Symbols, AreFoundByAddress) {
  const SymbolTable table{"ffffffff80000010 first\nffffffff80000020 second\nffffffff80000040 third"};
  EXPECT_EQ(found(table, 0xffffffff8000000f), "");
  EXPECT_EQ(found(table, 0xffffffff80000010), "first+0");
  EXPECT_EQ(found(table, 0xffffffff8000001f), "first+15");
  EXPECT_EQ(found(table, 0xffffffff80000020), "second+0");
  EXPECT_EQ(found(table, 0xffffffff80000041), "third+1");
  EXPECT_EQ(found(SymbolTable{}, 5), "");
}

TEST(Symbols, AgreeWithALinearSearch) {
  std::mt19937 random{4};
  for (int round = 0; round < 200; round++) {
    std::string text;
    std::vector<std::pair<std::uint64_t, std::string>> all;
    std::uint64_t address = 0;
    for (unsigned count = random() % 30; count-- > 0;) {
      address += 1 + random() % 20;
      const std::string name(1 + random() % 12, static_cast<char>('a' + random() % 26));
      all.emplace_back(address, name);
      char line[64];
      std::snprintf(line, sizeof line, "%lx %s\n", static_cast<unsigned long>(address), name.c_str());
      text += line;
    }
    const SymbolTable table{text};
    for (std::uint64_t at = 0; at < address + 5; at++) {
      std::string expected;
      for (const auto& [start, name] : all) {
        if (start <= at) expected = name + "+" + std::to_string(at - start);
      }
      ASSERT_EQ(found(table, at), expected);
    }
  }
}

TEST(Symbols, SurviveNoise) {
  std::mt19937 random{6};
  for (int round = 0; round < 5000; round++) {
    std::string text(random() % 100, ' ');
    for (char& c : text) c = "0123456789abcdef \nxyz"[random() % 21];
    (void)SymbolTable{text}.find(random());
  }
}

std::string named(std::string_view symbol) {
  char buffer[64];
  return std::string{demangle(symbol, buffer)};
}

TEST(Demangle, KnowsOcaml) {
  EXPECT_EQ(named("camlHello.f_123"), "Hello.f");
  EXPECT_EQ(named("camlHello__f_123"), "Hello.f");
  EXPECT_EQ(named("camlStdlib__List.map_481"), "Stdlib.List.map");
  EXPECT_EQ(named("camlStdlib__List__map_481"), "Stdlib.List.map");
  EXPECT_EQ(named("camlDune__exe__Main.entry"), "Main.entry");
  EXPECT_EQ(named("camlHello.fun_12"), "Hello.fun");
  EXPECT_EQ(named("camlStdlib.$5e_17"), "Stdlib.^");
  EXPECT_EQ(named("camlHello.x2_9"), "Hello.x2");
  EXPECT_EQ(named("caml_alloc"), "caml_alloc");
  EXPECT_EQ(named("caml"), "caml");
}

TEST(Demangle, KnowsPlainCxx) {
  EXPECT_EQ(named("_ZN7nucleus6Thread5startEv"), "nucleus::Thread::start");
  EXPECT_EQ(named("_ZNK7nucleus12_GLOBAL__N_13Foo3barEv"), "nucleus::(anonymous)::Foo::bar");
  EXPECT_EQ(named("_Z3foov"), "foo");
  EXPECT_EQ(named("_ZN99x"), "_ZN99x");
  EXPECT_EQ(named("memcpy"), "memcpy");
}

TEST(Demangle, CutsWhatDoesNotFit) {
  char buffer[6];
  EXPECT_EQ(demangle("camlHello.function_1", buffer), "Hello.");
}

}  // namespace
}  // namespace nucleus
