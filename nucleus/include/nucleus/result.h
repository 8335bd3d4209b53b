// SPDX-License-Identifier: ISC
#pragma once

// Result<T>: a value or an Error. For everything that hardware, memory or a caller can cause; panic() is for
// broken invariants only. TRY(expression) yields the value or returns the error from the calling function.

#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace nucleus {

/// Why an operation failed. The system-call layer maps each to one errno (nucleus/syscall/errno.h).
enum class Error : std::uint8_t {
  out_of_memory,
  invalid_argument,
  not_found,
  exists,
  busy,
  not_permitted,
  access_denied,
  bad_address,
  bad_descriptor,
  not_directory,
  is_directory,
  not_empty,
  not_supported,
  not_implemented,
  would_block,
  interrupted,
  timed_out,
  too_many,
  too_long,
  no_space,
  out_of_range,
  broken_pipe,
  not_terminal,
  not_seekable,
  no_such_thread,
  malformed,  // input from outside (firmware, boot bundle) that breaks its format
  io_error,
  loop,  // too many symbolic links in a path
  file_too_large,
  no_device,  // the file cannot be used that way (mmap)
};

/// A short English phrase for logs: "out of memory".
const char* describe(Error error);

template <typename T = void>
class [[nodiscard]] Result {
 public:
  Result(Error error) : error_{error}, ok_{false} {}                    // NOLINT: implicit on purpose
  Result(T value) : ok_{true} { new (&storage_) T(std::move(value)); }  // NOLINT
  Result(Result&& other) noexcept : error_{other.error_}, ok_{other.ok_} {
    if (ok_) new (&storage_) T(std::move(other.value()));
  }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  Result& operator=(Result&&) = delete;
  ~Result() {
    if (ok_) value().~T();
  }

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  Error error() const { return error_; }
  T& value() & { return *std::launder(reinterpret_cast<T*>(&storage_)); }
  const T& value() const& { return *std::launder(reinterpret_cast<const T*>(&storage_)); }
  T take() { return std::move(value()); }

 private:
  alignas(T) unsigned char storage_[sizeof(T)];
  Error error_{};
  bool ok_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() : ok_{true} {}
  Result(Error error) : error_{error}, ok_{false} {}  // NOLINT: implicit on purpose
  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  Error error() const { return error_; }
  void take() {}

 private:
  Error error_{};
  bool ok_;
};

}  // namespace nucleus

/// Yields the value of a Result, or returns its error from the enclosing function.
#define TRY(expression)                                \
  ({                                                   \
    auto try_result_ = (expression);                   \
    if (!try_result_.ok()) return try_result_.error(); \
    try_result_.take();                                \
  })
