// SPDX-License-Identifier: ISC
#pragma once

// Files and folders with Results instead of exceptions, and the handles that free themselves.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "support/result.h"

namespace bactrian {

namespace fs = std::filesystem;

/// A file descriptor that closes itself. Move-only; -1 when empty.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

/// The whole content of a regular file.
Result<std::string> read_file(const fs::path& path);

/// Writes a file whole or not at all (a temporary beside it, then a rename); makes missing parent folders.
Result<void> write_file(const fs::path& path, std::string_view content);

Result<void> make_folders(const fs::path& path);

/// Removes a file or a tree; a missing one is no error.
Result<void> remove_tree(const fs::path& path);

/// Bytes on disk of a file or of all files below a folder; what cannot be read counts as 0.
uint64_t disk_usage(const fs::path& path);

/// Bytes that an ordinary user can still write on the disk that holds `path` (or its nearest parent).
uint64_t free_space(const fs::path& path);

/// A folder of its own below $TMPDIR, removed with everything in it at the end of the scope.
class TempFolder {
 public:
  static Result<TempFolder> create(std::string_view prefix);
  ~TempFolder();
  TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempFolder& operator=(TempFolder&&) = delete;
  const fs::path& path() const { return path_; }

 private:
  explicit TempFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

}  // namespace bactrian
