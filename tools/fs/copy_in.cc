// SPDX-License-Identifier: ISC
//
// From the host into an image: folders, files and archives.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <vector>

#include "fs/commands.h"

namespace bactrian {

namespace {

constexpr size_t buffer_size = size_t{1} << 20;

redoxfs::Time time_of(const timespec& time) {
  return {static_cast<uint64_t>(std::max<time_t>(time.tv_sec, 0)), static_cast<uint32_t>(time.tv_nsec)};
}

struct HostNode {
  uint16_t permissions;
  uint32_t uid, gid;
  redoxfs::Time accessed, modified;
};

Result<void> set_attributes(Image& image, NodeId id, const HostNode& node, const std::string& path) {
  HostNode host = node;
  if (image.anonymous) {
    host.uid = host.gid = 0;
    host.modified = image.clock().now();
  }
  // What was read of the host now is no property of the source: an image must not depend on it.
  return image.checked(image.system().set_attributes(id, {.permissions = &host.permissions,
                                                          .uid = &host.uid,
                                                          .gid = &host.gid,
                                                          .accessed = &host.modified,
                                                          .modified = &host.modified}),
                       "cannot set the attributes", path);
}

/// Makes room for a name: what is there goes, unless it is a directory and one is wanted, which is then
/// returned.
Result<std::optional<NodeId>> clear_place(Image& image, NodeId directory, const std::string& name,
                                          uint16_t type) {
  const auto found = TRY(image.lookup(directory, name, name));
  if (!found) return found;
  const auto attributes = TRY(image.checked(image.system().attributes(*found), "cannot look at", name));
  if (is_directory(attributes)) {
    if (type == redoxfs::mode::directory) return found;
    return Error{
        .message = "a directory is in the way", .where = image.file().string() + ":" + name, .status = 1};
  }
  TRY(image.checked(image.system().unlink(directory, name), "cannot replace", name));
  return std::optional<NodeId>();
}

class FolderCopy {
 public:
  FolderCopy(Image& image, ByteProgress& progress)
      : image_(image), progress_(progress), buffer_(buffer_size) {}

  Result<void> content(const fs::path& source, NodeId directory) {
    std::vector<fs::path> names;
    std::error_code code;
    for (fs::directory_iterator walk(source, code), end; !code && walk != end; walk.increment(code))
      names.push_back(walk->path().filename());
    if (code) return system_error("cannot read the folder", code.value(), source);
    std::sort(names.begin(), names.end());
    for (const auto& name : names) TRY(node(source / name, directory, name));
    return {};
  }

  Result<void> node(const fs::path& source, NodeId directory, const std::string& name) {
    struct stat status {};
    if (lstat(source.c_str(), &status) != 0) return system_error("cannot read", errno, source);
    const HostNode host{static_cast<uint16_t>(status.st_mode & 07777), status.st_uid, status.st_gid,
                        time_of(status.st_atim), time_of(status.st_mtim)};
    const auto type = static_cast<uint16_t>(status.st_mode & S_IFMT);
    if (type != S_IFREG && type != S_IFDIR && type != S_IFLNK && type != S_IFIFO && type != S_IFSOCK)
      return Error{
          .message = "a device cannot be copied", .where = source, .remedy = "leave it out", .status = 1};
    const auto there = TRY(clear_place(image_, directory, name, type));
    if (type == S_IFLNK) {
      std::error_code code;
      const std::string target = fs::read_symlink(source, code);
      if (code) return system_error("cannot read the link", code.value(), source);
      const NodeId id =
          TRY(image_.checked(image_.system().symlink(directory, name, target, host.uid, host.gid),
                             "cannot make the link", source));
      return set_attributes(image_, id, host, source);
    }
    const auto inode = std::make_pair(status.st_dev, status.st_ino);
    if (type != S_IFDIR && status.st_nlink > 1) {
      if (const auto known = linked_.find(inode); known != linked_.end())
        return image_.checked(image_.system().link(known->second, directory, name), "cannot link", source);
    }
    const NodeId id =
        there ? *there
              : TRY(image_.checked(
                    image_.system().create(directory, name, static_cast<uint16_t>(type | host.permissions),
                                           host.uid, host.gid),
                    "cannot make", source));
    if (type != S_IFDIR && status.st_nlink > 1) linked_[inode] = id;
    if (type == S_IFREG) TRY(data(source, id, static_cast<uint64_t>(status.st_size)));
    if (type == S_IFDIR) TRY(content(source, id));
    return set_attributes(image_, id, host, source);
  }

 private:
  /// The bytes of a file, but for its holes.
  Result<void> data(const fs::path& source, NodeId id, uint64_t size) {
    const Fd fd(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid()) return system_error("cannot read", errno, source);
    uint64_t at = 0;
    while (at < size) {
      const off_t start = lseek(fd.get(), static_cast<off_t>(at), SEEK_DATA);
      if (start < 0 && errno == ENXIO) break;
      const uint64_t from = start < 0 ? at : static_cast<uint64_t>(start);
      const off_t hole = start < 0 ? -1 : lseek(fd.get(), start, SEEK_HOLE);
      const uint64_t to = hole < 0 ? size : std::min(size, static_cast<uint64_t>(hole));
      progress_.add(from - at);
      at = from;
      while (at < to) {
        const ssize_t count = pread(fd.get(), buffer_.data(), std::min<uint64_t>(buffer_.size(), to - at),
                                    static_cast<off_t>(at));
        if (count < 0) return system_error("cannot read", errno, source);
        if (count == 0)
          return Error{
              .message = "the file became shorter while it was copied", .where = source, .status = 1};
        const auto part = redoxfs::ConstBytes(buffer_).first(static_cast<size_t>(count));
        if (TRY(image_.checked(image_.system().write(id, at, part), "cannot write", source)) != part.size())
          return fs_error(redoxfs::Error::no_space, "cannot write", source);
        at += part.size();
        progress_.add(part.size());
      }
    }
    progress_.add(size - at);
    return image_.checked(image_.system().resize(id, size), "cannot write", source);
  }

  Image& image_;
  ByteProgress& progress_;
  std::vector<std::byte> buffer_;
  std::map<std::pair<dev_t, ino_t>, NodeId> linked_;
};

/// libarchive's reader, which frees itself.
struct ArchiveReader {
  ArchiveReader() : archive(archive_read_new()) {
    archive_read_support_filter_all(archive);
    archive_read_support_format_tar(archive);
  }
  ~ArchiveReader() { archive_read_free(archive); }
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;
  Error error(const fs::path& file) const {
    const char* text = archive_error_string(archive);
    return Error{.message = std::string("cannot read the archive: ") + (text ? text : "unknown error"),
                 .where = file,
                 .status = 1};
  }
  struct archive* archive;
};

class ArchiveCopy {
 public:
  ArchiveCopy(Image& image, NodeId root, const fs::path& file, ByteProgress& progress)
      : image_(image), root_(root), file_(file), progress_(progress) {}

  Result<void> all() {
    if (archive_read_open_filename(reader_.archive, file_.c_str(), buffer_size) != ARCHIVE_OK)
      return reader_.error(file_);
    for (;;) {
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(reader_.archive, &entry);
      if (status == ARCHIVE_EOF) break;
      if (status < ARCHIVE_WARN) return reader_.error(file_);
      TRY(member(entry));
      progress_.set(static_cast<uint64_t>(archive_filter_bytes(reader_.archive, -1)));
    }
    // What was put into the directories has changed their times.
    for (const auto& [id, host] : directories_) TRY(set_attributes(image_, id, host, file_));
    return {};
  }

 private:
  /// The directory that `parts` but the last lead to; missing ones are made. No part may be a link, lest an
  /// archive write elsewhere than it says.
  Result<NodeId> directory_of(const std::vector<std::string>& parts, const std::string& path) {
    NodeId at = root_;
    for (size_t i = 0; i + 1 < parts.size(); i++) {
      const auto found = TRY(image_.lookup(at, parts[i], path));
      at = found ? *found
                 : TRY(image_.checked(
                       image_.system().create(at, parts[i], redoxfs::mode::directory | 0755, 0, 0),
                       "cannot make", path));
    }
    return at;
  }

  static std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    for (const auto& part : split(path, '/'))
      if (!part.empty() && part != ".") parts.push_back(part);
    return parts;
  }

  Result<void> member(archive_entry* entry) {
    const char* raw = archive_entry_pathname(entry);
    const std::string path = raw ? raw : "";
    const auto parts = parts_of(path);
    const auto type = static_cast<uint16_t>(archive_entry_filetype(entry));
    const HostNode host{static_cast<uint16_t>(archive_entry_perm(entry) & 07777),
                        static_cast<uint32_t>(archive_entry_uid(entry)),
                        static_cast<uint32_t>(archive_entry_gid(entry)),
                        {},
                        {static_cast<uint64_t>(std::max<time_t>(archive_entry_mtime(entry), 0)),
                         static_cast<uint32_t>(archive_entry_mtime_nsec(entry))}};
    if (parts.empty()) {  // "./"
      if (type == AE_IFDIR) directories_.emplace_back(root_, host);
      return {};
    }
    const NodeId directory = TRY(directory_of(parts, path));
    const std::string& name = parts.back();
    if (const char* target = archive_entry_hardlink(entry)) {
      const auto target_parts = parts_of(target);
      if (target_parts.empty()) return Error{.message = "a link to nothing", .where = path, .status = 1};
      const auto found =
          TRY(image_.lookup(TRY(directory_of(target_parts, target)), target_parts.back(), target));
      if (!found)
        return Error{.message = "a hard link to what is not there: " + path, .where = file_, .status = 1};
      TRY(clear_place(image_, directory, name, type));
      return image_.checked(image_.system().link(*found, directory, name), "cannot link", path);
    }
    if (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK && type != AE_IFIFO)
      return Error{.message = "the archive has a device: " + path,
                   .where = file_,
                   .remedy = "leave it out",
                   .status = 1};
    const auto there = TRY(clear_place(image_, directory, name, type));
    if (type == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      const NodeId id = TRY(
          image_.checked(image_.system().symlink(directory, name, target ? target : "", host.uid, host.gid),
                         "cannot make", path));
      return set_attributes(image_, id, host, path);
    }
    const NodeId id =
        there ? *there
              : TRY(image_.checked(
                    image_.system().create(directory, name, static_cast<uint16_t>(type | host.permissions),
                                           host.uid, host.gid),
                    "cannot make", path));
    if (type == AE_IFDIR) {
      directories_.emplace_back(id, host);
      return {};
    }
    if (type == AE_IFREG) TRY(data(id, path, static_cast<uint64_t>(archive_entry_size(entry))));
    return set_attributes(image_, id, host, path);
  }

  Result<void> data(NodeId id, const std::string& path, uint64_t size) {
    for (;;) {
      const void* block = nullptr;
      size_t length = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(reader_.archive, &block, &length, &offset);
      if (status == ARCHIVE_EOF) break;
      if (status < ARCHIVE_WARN) return reader_.error(file_);
      const redoxfs::ConstBytes part(static_cast<const std::byte*>(block), length);
      if (length > 0 && TRY(image_.checked(image_.system().write(id, static_cast<uint64_t>(offset), part),
                                           "cannot write", path)) != length)
        return fs_error(redoxfs::Error::no_space, "cannot write", path);
    }
    return image_.checked(image_.system().resize(id, size), "cannot write", path);
  }

  Image& image_;
  NodeId root_;
  fs::path file_;
  ByteProgress& progress_;
  ArchiveReader reader_;
  std::vector<std::pair<NodeId, HostNode>> directories_;
};

}  // namespace

Result<void> copy_tree_in(Image& image, const fs::path& source, NodeId directory, const std::string& name,
                          ByteProgress& progress) {
  return FolderCopy(image, progress).node(source, directory, name);
}

Result<void> copy_content_in(Image& image, const fs::path& source, NodeId directory, ByteProgress& progress) {
  FolderCopy copy(image, progress);
  TRY(copy.content(source, directory));
  struct stat status {};
  if (::stat(source.c_str(), &status) != 0) return system_error("cannot read", errno, source);
  return set_attributes(image, directory,
                        {static_cast<uint16_t>(status.st_mode & 07777), status.st_uid, status.st_gid,
                         time_of(status.st_atim), time_of(status.st_mtim)},
                        source);
}

Result<void> extract_in(Image& image, const fs::path& archive, NodeId directory, ByteProgress& progress) {
  return ArchiveCopy(image, directory, archive, progress).all();
}

Result<Volume> volume_of(const fs::path& source) {
  Volume volume;
  std::error_code code;
  if (fs::is_regular_file(fs::symlink_status(source))) return Volume{fs::file_size(source, code), 1};
  if (!fs::is_directory(fs::symlink_status(source))) return Volume{0, 1};
  for (fs::recursive_directory_iterator walk(source, code), end; !code && walk != end; walk.increment(code)) {
    volume.nodes++;
    std::error_code ignored;
    if (fs::is_regular_file(walk->symlink_status(ignored))) volume.bytes += walk->file_size(ignored);
  }
  if (code) return system_error("cannot read the folder", code.value(), source);
  return volume;
}

}  // namespace bactrian
