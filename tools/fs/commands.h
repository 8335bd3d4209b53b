// SPDX-License-Identifier: ISC
#pragma once

// What each command of `bactrian fs` was asked to do, and the functions that do it. main.cc fills these from
// the command line.

#include <cstdint>
#include <optional>
#include <string>

#include "fs/image.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

struct MakeOptions {
  fs::path image;
  std::optional<fs::path> from;  ///< a folder or an archive
  std::optional<uint64_t> size;  ///< bytes; default: what `from` needs and a quarter more, at least 64 MiB
  std::optional<uint64_t> seed;  ///< all that is random follows from it, and the time stands still
  bool encrypt = false;
  bool anonymous =
      false;  ///< no owners and times of the host: root's, and now (with `seed`: the time that stands still)
  bool json = false;
};

struct ListOptions {
  fs::path image;
  std::string path = "/";
  bool details = false;
  bool recursive = false;
  bool json = false;
};

struct CheckCommandOptions {
  fs::path image;
  bool repair = false;
  bool quick = false;  ///< metadata only
  bool json = false;
};

struct MountOptions {
  fs::path image;
  fs::path folder;
  bool read_only = false;
  bool others = false;  ///< allow_other
};

struct PasswordOptions {
  fs::path image;
  bool add = false;     ///< keep the old one
  bool remove = false;  ///< only take one away
};

Result<void> make_image(const MakeOptions& options);
Result<void> list(const ListOptions& options);
Result<void> stat(const fs::path& image, const std::string& path, bool json);
Result<void> disk_free(const fs::path& image, bool json);
/// Whether the file system is sound now.
Result<bool> check(const CheckCommandOptions& options);
Result<void> change_password(const PasswordOptions& options);
Result<void> mount(const MountOptions& options);

Result<void> cat(const fs::path& image, const std::string& path);
Result<void> get(const fs::path& image, const std::string& path, const fs::path& destination);
Result<void> put(const fs::path& image, const fs::path& source, const std::string& path);
Result<void> remove(const fs::path& image, const std::vector<std::string>& paths, bool recursive, bool force);
Result<void> make_directory(const fs::path& image, const std::string& path, bool parents);
Result<void> move(const fs::path& image, const std::string& from, const std::string& to);
Result<void> link(const fs::path& image, const std::string& target, const std::string& path, bool symbolic);

/// A line of progress: "copying: 37 MiB of 300 MiB", a few times a second.
class ByteProgress {
 public:
  ByteProgress(const std::string& what, uint64_t total) : progress_(what), total_(total) {}
  void add(uint64_t bytes) { set(done_ + bytes); }
  void set(uint64_t done);
  uint64_t done() const { return done_; }

 private:
  Progress progress_;
  uint64_t total_;
  uint64_t done_ = 0;
  std::optional<std::chrono::steady_clock::time_point> shown_;
};

/// Copies a host folder's content, or a file, into a directory of the image, with modes, owners, times, hard
/// links, symbolic links and holes. An existing file of the name is replaced, an existing directory filled.
Result<void> copy_tree_in(Image& image, const fs::path& source, NodeId directory, const std::string& name,
                          ByteProgress& progress);
Result<void> copy_content_in(Image& image, const fs::path& source, NodeId directory, ByteProgress& progress);
/// The same of an archive: tar in any form, compressed in any way that libarchive knows.
Result<void> extract_in(Image& image, const fs::path& archive, NodeId directory, ByteProgress& progress);
/// Bytes of data and number of files of what is to be copied.
struct Volume {
  uint64_t bytes = 0;
  uint64_t nodes = 0;
};
Result<Volume> volume_of(const fs::path& source);

}  // namespace bactrian
