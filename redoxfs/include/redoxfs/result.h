// SPDX-License-Identifier: ISC
#pragma once

// Result<T>: a value or an Error, for all that a device, memory, an image or a caller can cause.

#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace redoxfs {

/// Why an operation failed; each stands for one errno.
enum class Error : std::uint8_t {
  out_of_memory,     // ENOMEM
  io,                // EIO: the device failed
  damaged,           // EIO: a checksum or a structure is wrong; nothing of it was returned as data
  not_found,         // ENOENT
  exists,            // EEXIST
  not_directory,     // ENOTDIR
  is_directory,      // EISDIR
  not_empty,         // ENOTEMPTY
  no_space,          // ENOSPC
  name_too_long,     // ENAMETOOLONG
  invalid_argument,  // EINVAL
  read_only,         // EROFS
  too_many_links,    // EMLINK
  file_too_large,    // EFBIG
  not_permitted,     // EPERM
  wrong_password,    // EACCES
  not_supported,     // ENOTSUP: an image or a request that this build has no service for
  busy,              // EBUSY
};

/// A short English phrase: "no space left".
const char* describe(Error error);

template <typename T = void>
class [[nodiscard]] Result {
 public:
  Result(Error error) : error_{error}, ok_{false} {}                    // NOLINT: meant to convert
  Result(T value) : ok_{true} { new (&storage_) T(std::move(value)); }  // NOLINT: meant to convert
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
  /// Only where !ok().
  Error error() const { return error_; }
  /// Only where ok().
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
  Result(Error error) : error_{error}, ok_{false} {}  // NOLINT: meant to convert
  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  Error error() const { return error_; }
  void take() {}

 private:
  Error error_{};
  bool ok_;
};

}  // namespace redoxfs
