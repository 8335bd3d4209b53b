// SPDX-License-Identifier: ISC

// What is added to OCAMLRUNPARAM, and what is left alone.

#include <syscall/runtime_parameters.h>

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace {
using namespace nucleus;

struct Outcome {
  std::string environment;
  std::string added;
};

/// With NULs written as ';'.
Outcome run(std::string environment, RuntimeLimits limits, std::size_t room = 64) {
  for (char& c : environment) c = c == ';' ? '\0' : c;
  std::string buffer(room, '?');
  const auto result = with_limits(environment, limits, buffer);
  Outcome outcome{std::string{result.environment}, std::string{result.more_environment}};
  for (char& c : outcome.environment) c = c == '\0' ? ';' : c;
  for (char& c : outcome.added) c = c == '\0' ? ';' : c;
  return outcome;
}

TEST(RuntimeParameters, AddsAVariable) {
  const auto [environment, added] = run("HOME=/;", {100, 20});
  EXPECT_EQ(environment, "HOME=/;");
  EXPECT_EQ(added, "OCAMLRUNPARAM=l=100,s=20;");
  EXPECT_EQ(run("", {100, 0}).added, "OCAMLRUNPARAM=l=100;");
}

TEST(RuntimeParameters, KeepsWhatTheUserSet) {
  const auto [environment, added] = run("A=1;OCAMLRUNPARAM=b,s=4k;B=2;", {100, 20});
  EXPECT_EQ(environment, "A=1;B=2;");
  EXPECT_EQ(added, "OCAMLRUNPARAM=b,s=4k,l=100;");
  EXPECT_EQ(run("CAMLRUNPARAM=v=0;", {100, 20}).added, "CAMLRUNPARAM=v=0,l=100,s=20;");
}

TEST(RuntimeParameters, AddsNothingWhereNothingIsMissing) {
  const auto [environment, added] = run("OCAMLRUNPARAM=l=1,s=2;", {100, 20});
  EXPECT_EQ(environment, "OCAMLRUNPARAM=l=1,s=2;");
  EXPECT_EQ(added, "");
  EXPECT_EQ(run("A=1;", {0, 0}).added, "");
}

TEST(RuntimeParameters, AddsNothingWithoutRoom) {
  EXPECT_EQ(run("A=1;", {100, 20}, 8).added, "");
  EXPECT_EQ(run("A=1;", {100, 20}, 24).added, "");
  EXPECT_EQ(run("A=1;", {100, 20}, 25).added, "OCAMLRUNPARAM=l=100,s=20;");
}

TEST(RuntimeParameters, LimitsFollowTheMemory) {
  constexpr std::uint64_t mib = std::uint64_t{1} << 20;
  EXPECT_EQ(minor_heap_words(3 * mib), 16u << 10);
  EXPECT_EQ(minor_heap_words(4 * mib), 32u << 10);
  EXPECT_EQ(minor_heap_words(16 * mib), 128u << 10);
  EXPECT_EQ(minor_heap_words(32 * mib), 0u);
  EXPECT_EQ(stack_limit_words(4 * mib), mib / 8);
  EXPECT_EQ(stack_limit_words(64 * mib), 2 * mib);
}

}  // namespace
