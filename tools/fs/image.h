// SPDX-License-Identifier: ISC
#pragma once

// An image: a RedoxFS file system in a file or on a block device, its services, and its paths.

#include <redoxfs/check.h>
#include <redoxfs/file_system.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/services.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

using redoxfs::NodeId;

/// The library's result as ours: "cannot DOING: no space left", at `where`.
Error fs_error(redoxfs::Error error, std::string doing, std::string where);

template <typename T>
Result<T> checked(redoxfs::Result<T> result, const std::string& doing, const std::string& where) {
  if (!result.ok()) return fs_error(result.error(), doing, where);
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return result.take();
}

/// From BACTRIAN_FS_PASSWORD, else asked for on the terminal; twice where it is new.
enum class PasswordUse { existing, fresh };
Result<std::string> ask_password(PasswordUse use, const std::string& prompt, const char* variable);

/// The clock of the system, or one that stands still, for images that are to come out the same.
class ImageClock final : public redoxfs::Clock {
 public:
  redoxfs::Time now() override { return fixed ? *fixed : system_.now(); }
  std::optional<redoxfs::Time> fixed;

 private:
  redoxfs::host::SystemClock system_;
};

class Image {
 public:
  /// Opens the image, asking for the password of an encrypted one.
  static Result<std::unique_ptr<Image>> open(const fs::path& file, redoxfs::Access access);
  /// An image whose file system is still to be made: see make_command.
  static Result<std::unique_ptr<Image>> create(const fs::path& file, uint64_t bytes);
  /// Only the device, for check.
  static Result<std::unique_ptr<Image>> open_device(const fs::path& file, redoxfs::Access access);

  /// Opens the file system that is on the device.
  Result<void> mount(redoxfs::Access access, std::optional<std::string> password = {});

  redoxfs::FileSystem& system() { return *system_; }
  redoxfs::BlockDevice& device() { return device_; }
  redoxfs::Services& services() { return services_; }
  redoxfs::host::OpenSsl& cryptography() { return cryptography_; }
  ImageClock& clock() { return clock_; }
  const fs::path& file() const { return file_; }

  template <typename T>
  Result<T> checked(redoxfs::Result<T> result, const std::string& doing, const std::string& path) const {
    return bactrian::checked<T>(std::move(result), doing, file_.string() + ":" + path);
  }

  enum class Follow {
    no,
    yes
  };  ///< a symbolic link at the end of the path; those before it are always followed
  Result<NodeId> find(const std::string& path, Follow follow);
  /// The directory of a path's last part, and that part.
  struct Place {
    NodeId directory;
    std::string name;
  };
  Result<Place> place(const std::string& path);
  Result<std::string> read_link(NodeId id, const std::string& path);
  /// The node of a name in a directory, if there is one.
  Result<std::optional<NodeId>> lookup(NodeId directory, const std::string& name, const std::string& path);

  /// What is copied in gets root as its owner, and the time of now.
  bool anonymous = false;

  /// All changes are on the medium.
  Result<void> sync() { return checked(system_->sync(), "cannot write", ""); }

 private:
  explicit Image(fs::path file) : file_(std::move(file)) {}
  Result<NodeId> walk(NodeId from, const std::string& path, Follow follow, int& links);

  fs::path file_;
  redoxfs::host::HeapMemory memory_;
  ImageClock clock_;
  redoxfs::host::Lz4 compression_;
  redoxfs::host::OpenSsl cryptography_;
  redoxfs::Services services_{memory_, clock_, &compression_, &cryptography_};
  redoxfs::host::FileDevice device_;
  redoxfs::Owned<redoxfs::FileSystem> system_;
};

/// The entries of a directory, by name.
struct NamedEntry {
  std::string name;
  NodeId id;
};
Result<std::vector<NamedEntry>> entries_of(Image& image, NodeId directory, const std::string& path);

inline bool is_directory(const redoxfs::Attributes& attributes) {
  return (attributes.mode & redoxfs::mode::type) == redoxfs::mode::directory;
}
inline bool is_link(const redoxfs::Attributes& attributes) {
  return (attributes.mode & redoxfs::mode::type) == redoxfs::mode::symbolic_link;
}
inline bool is_file(const redoxfs::Attributes& attributes) {
  return (attributes.mode & redoxfs::mode::type) == redoxfs::mode::file;
}
/// "/a" and "b" make "/a/b".
std::string join_path(const std::string& directory, const std::string& name);

}  // namespace bactrian
