// SPDX-License-Identifier: ISC
#pragma once

// Result<T>: a value or an Error, and TRY, which hands an error on to the caller.
//
// Everything that the user, the machine or another program can cause is an Error; exceptions are not used
// for it. An Error says what happened, where, and what the person can do about it.

#include <string>
#include <utility>
#include <variant>

namespace bactrian {

/// The statuses that the tool itself ends with. All other statuses of `run` are the program's own.
enum class ExitStatus : int {
  ok = 0,
  failed = 1,        ///< tests failed, lint found something
  panic = 70,        ///< the machine panicked or stopped without saying why
  time_limit = 124,  ///< --timeout, as timeout(1)
  tool_error =
      125,  ///< bactrian could not do what was asked (usage, set-up, a program that does not compile)
  interrupted = 130,  ///< Ctrl-C
};

/// A failure, as it is told to a person.
struct Error {
  std::string message;      ///< one sentence, no full stop: "cannot read the file"
  std::string where = {};   ///< "FILE" or "FILE:LINE", or empty
  std::string remedy = {};  ///< what to do about it, or empty
  int status = static_cast<int>(ExitStatus::tool_error);  ///< what the tool then ends with
};

/// The error for a failed system call: `doing` and the text of `code` (an errno); a full disk, a missing
/// file and a denied permission bring their own remedy.
Error system_error(std::string doing, int code, std::string where = {});

/// The error of somebody pressing Ctrl-C.
Error interrupted_error();

/// Writes the error on stderr: place and message, then the remedy. An error without a message (the reader of
/// our output went away) is silent.
void print_error(const Error& error);

template <typename T>
class [[nodiscard]] Result {
 public:
  using Value = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: meant to convert
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: meant to convert

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// The value; only where ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }

  /// The error; only where !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Nothing {};
template <>
class [[nodiscard]] Result<void> : public Result<Nothing> {
 public:
  Result() : Result<Nothing>(Nothing{}) {}
  Result(Error error) : Result<Nothing>(std::move(error)) {}  // NOLINT: meant to convert
};

}  // namespace bactrian

/// The value of `expression` (a Result), or a return of its error from the enclosing function.
#define TRY(expression) BACTRIAN_TRY_AS(expression, BACTRIAN_TRY_JOIN(try_result_, __COUNTER__))
// A name of its own for each use, so that one TRY may stand within another.
#define BACTRIAN_TRY_JOIN(a, b) BACTRIAN_TRY_JOIN_NOW(a, b)
#define BACTRIAN_TRY_JOIN_NOW(a, b) a##b
#define BACTRIAN_TRY_AS(expression, name) \
  ({                                      \
    auto name = (expression);             \
    if (!name.ok()) return name.error();  \
    std::move(name).value();              \
  })
