// SPDX-License-Identifier: ISC
#pragma once

// The cache: finished things under KIND/NAME-KEY/, keyed by the content they were made from.
//
// An entry is complete or absent: it is made in a temporary folder under the entry's lock and put in place
// by one rename. So runs may share the cache, and an interrupted one leaves only a temporary folder, which
// the next maker of the same entry removes.

#include <functional>
#include <string>
#include <string_view>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// A lock on a file, held until the end of the scope, also against other processes. The file stays.
class FileLock {
 public:
  /// Waits for the lock; says so on stderr ("waiting for another bactrian: WHAT") when it has to wait.
  static Result<FileLock> take(const fs::path& file, std::string_view what);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

class Cache {
 public:
  /// The cache of $BACTRIAN_CACHE, else $XDG_CACHE_HOME/bactrian, else ~/.cache/bactrian. Made when missing.
  static Result<Cache> open();

  const fs::path& root() const { return root_; }
  fs::path entry(std::string_view kind, std::string_view name, std::string_view key) const;
  bool contains(std::string_view kind, std::string_view name, std::string_view key) const;

  /// The folder of the entry; where absent, `make` first fills the (empty) folder it is given.
  Result<fs::path> provide(std::string_view kind, std::string_view name, std::string_view key,
                           const std::function<Result<void>(const fs::path& folder)>& make) const;

 private:
  explicit Cache(fs::path root) : root_(std::move(root)) {}
  fs::path root_;
};

/// Where the cache is, whether or not it exists.
fs::path cache_root();

}  // namespace bactrian
