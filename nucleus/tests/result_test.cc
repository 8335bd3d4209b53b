// SPDX-License-Identifier: ISC

#include <nucleus/log.h>
#include <nucleus/result.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace nucleus {
namespace {

Result<int> half(int value) {
  if (value % 2) return Error::invalid_argument;
  return value / 2;
}

Result<int> quarter(int value) {
  return TRY(half(TRY(half(value))));
}

Result<> check_quarter(int value) {
  TRY(quarter(value));
  return {};
}

TEST(Result, TryPassesValuesAndErrors) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error(), Error::invalid_argument);
  EXPECT_TRUE(check_quarter(4).ok());
  EXPECT_EQ(check_quarter(5).error(), Error::invalid_argument);
}

TEST(Result, MovesAndDestroysItsValue) {
  std::weak_ptr<int> watch;
  {
    auto owner = std::make_shared<int>(7);
    watch = owner;
    Result<std::shared_ptr<int>> result{std::move(owner)};
    Result<std::shared_ptr<int>> moved{std::move(result)};
    EXPECT_EQ(*moved.value(), 7);
    EXPECT_EQ(*moved.take(), 7);
  }
  EXPECT_TRUE(watch.expired());
}

TEST(Result, EveryErrorHasAName) {
  EXPECT_STREQ(describe(Error::out_of_memory), "out of memory");
  EXPECT_STREQ(describe(Error::io_error), "input/output error");
}

template <typename... Arguments>
std::string formatted(std::size_t capacity, std::string_view text, const Arguments&... arguments) {
  std::string buffer(capacity, '#');
  return std::string{format(std::span{buffer}, text, arguments...)};
}

TEST(Format, PrintsItsArguments) {
  EXPECT_EQ(formatted(100, "{} {} {}", 1u, -5, std::int64_t{-9223372036854775807 - 1}),
            "1 -5 -9223372036854775808");
  EXPECT_EQ(formatted(100, "{:x} {:x}", 255, 0u), "0xff 0x0");
  EXPECT_EQ(formatted(100, "{}{}{}", true, 'c', "text"), "truectext");
  EXPECT_EQ(formatted(100, "{}", VirtAddr{0xabc}), "0xabc");
  EXPECT_EQ(formatted(100, "{} {}", 1), "1 {missing}");
  EXPECT_EQ(formatted(100, "{} } { {y}", 1), "1 } { {y}");
}

TEST(Format, CutsWhatDoesNotFit) {
  EXPECT_EQ(formatted(4, "123456"), "1234");
  EXPECT_EQ(formatted(4, "a{}", 12345), "a123");
  EXPECT_EQ(formatted(0, "a"), "");
}

}  // namespace
}  // namespace nucleus
