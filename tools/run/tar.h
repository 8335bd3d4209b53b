// SPDX-License-Identifier: ISC
#pragma once

// A writer of ustar archives, the form of the boot bundle. Names are relative, with '/' between parts.
// Format: [posix/pax "ustar Interchange Format"].

#include <cstdint>
#include <string_view>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// Whether the archive has the files' times, or 1970 for all of them.
enum class TarTimes { kept, none };

class TarWriter {
 public:
  /// Starts an archive in a new file.
  static Result<TarWriter> create(const fs::path& file, TarTimes times = TarTimes::kept);

  /// Errors of all of these: a name that ustar cannot hold (over 255 bytes, or not to be cut at a '/'), a
  /// file over 8 GiB, a failed read or write.
  Result<void> add_text(std::string_view name, std::string_view content);
  Result<void> add_file(std::string_view name, const fs::path& source);
  Result<void> add_folder(std::string_view name);
  /// A file, or a folder with all it holds. Symbolic links are followed; one that leads back is an error.
  Result<void> add_tree(std::string_view name, const fs::path& source);

  /// Writes the end mark. Nothing can be added afterwards. Returns the archive's size.
  Result<uint64_t> finish();

 private:
  enum class Kind : char { file = '0', folder = '5' };
  struct Entry {
    Kind kind = Kind::file;
    uint64_t size = 0;
    unsigned mode = 0644;
    int64_t mtime = 0;
  };

  TarWriter(Fd fd, fs::path path, TarTimes times)
      : fd_(std::move(fd)), path_(std::move(path)), times_(times) {}
  Result<void> header(std::string_view name, const Entry& entry);
  Result<void> add_below(std::string_view name, const fs::path& source, std::vector<fs::path>& above);
  Result<void> write(std::string_view bytes);
  Result<void> pad();

  Fd fd_;
  fs::path path_;
  TarTimes times_;
  uint64_t size_ = 0;
};

/// Adds bytes to the end of a member of an archive of ours. Errors: it cannot be read or written; there is no
/// such member.
Result<void> append_to_member(const fs::path& file, std::string_view name, std::string_view more);

}  // namespace bactrian
