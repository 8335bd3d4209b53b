// SPDX-License-Identifier: ISC
//
// From an image to the host: `cat` and `get`.
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

Result<void> write_all(int fd, redoxfs::ConstBytes bytes, const std::string& where) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EPIPE) return Error{.message = "", .status = 141};  // the reader went away
    if (count < 0) return system_error("cannot write", errno, where);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

timespec timespec_of(const redoxfs::Time& time) {
  return {.tv_sec = static_cast<time_t>(time.s), .tv_nsec = static_cast<long>(time.ns)};
}

class Copy {
 public:
  Copy(Image& image, ByteProgress& progress) : image_(image), progress_(progress), buffer_(buffer_size) {}

  Result<void> node(NodeId id, const std::string& path, const fs::path& destination) {
    const auto attributes = TRY(image_.checked(image_.system().attributes(id), "cannot read", path));
    if (is_link(attributes)) {
      std::error_code code;
      fs::create_symlink(TRY(image_.read_link(id, path)), destination, code);
      if (code) return system_error("cannot make the link", code.value(), destination);
    } else if (is_directory(attributes)) {
      if (mkdir(destination.c_str(), 0700) != 0 && errno != EEXIST)
        return system_error("cannot make the folder", errno, destination);
      TRY(content(id, path, destination));
    } else if (is_file(attributes)) {
      const auto known = linked_.find(id);
      if (known != linked_.end()) {
        std::error_code code;
        fs::create_hard_link(known->second, destination, code);
        if (code) return system_error("cannot link", code.value(), destination);
        return {};
      }
      if (attributes.links > 1) linked_[id] = destination;
      TRY(file(id, path, destination, attributes.size));
    } else if (mkfifo(destination.c_str(), 0600) != 0) {  // a socket becomes a fifo: it has no other use here
      return system_error("cannot make", errno, destination);
    }
    return set_attributes(attributes, destination);
  }

  Result<void> content(NodeId id, const std::string& path, const fs::path& destination) {
    for (const auto& entry : TRY(entries_of(image_, id, path)))
      TRY(node(entry.id, join_path(path, entry.name), destination / entry.name));
    return {};
  }

  Result<void> set_attributes(const redoxfs::Attributes& attributes, const fs::path& destination) {
    // Who is not root cannot give files away: then they are his, as with cp.
    if (geteuid() == 0 && lchown(destination.c_str(), attributes.uid, attributes.gid) != 0)
      return system_error("cannot set the owner", errno, destination);
    if (!is_link(attributes) && chmod(destination.c_str(), attributes.mode & 07777) != 0)
      return system_error("cannot set the mode", errno, destination);
    const timespec times[2] = {timespec_of(attributes.accessed), timespec_of(attributes.modified)};
    if (utimensat(AT_FDCWD, destination.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
      return system_error("cannot set the time", errno, destination);
    return {};
  }

 private:
  Result<void> file(NodeId id, const std::string& path, const fs::path& destination, uint64_t size) {
    const Fd fd(::open(destination.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) return system_error("cannot make the file", errno, destination);
    for (uint64_t at = 0; at < size;) {
      const uint64_t data = TRY(image_.checked(image_.system().next_data(id, at), "cannot read", path));
      progress_.add(data - at);
      at = data;
      if (at >= size) break;
      const size_t count =
          TRY(image_.checked(image_.system().read(id, at, redoxfs::Bytes(buffer_)), "cannot read", path));
      if (lseek(fd.get(), static_cast<off_t>(at), SEEK_SET) < 0)
        return system_error("cannot write", errno, destination);
      TRY(write_all(fd.get(), redoxfs::ConstBytes(buffer_).first(count), destination));
      at += count;
      progress_.add(count);
    }
    if (ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
      return system_error("cannot write", errno, destination);
    return {};
  }

  Image& image_;
  ByteProgress& progress_;
  std::vector<std::byte> buffer_;
  std::map<NodeId, fs::path> linked_;
};

}  // namespace

Result<void> cat(const fs::path& file, const std::string& path) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_only));
  const NodeId id = TRY(image->find(path, Image::Follow::yes));
  std::vector<std::byte> buffer(buffer_size);
  for (uint64_t at = 0;;) {
    const size_t count =
        TRY(image->checked(image->system().read(id, at, redoxfs::Bytes(buffer)), "cannot read", path));
    if (count == 0) return {};
    TRY(write_all(STDOUT_FILENO, redoxfs::ConstBytes(buffer).first(count), "standard output"));
    at += count;
  }
}

Result<void> get(const fs::path& file, const std::string& path, const fs::path& destination) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_only));
  const NodeId id = TRY(image->find(path, Image::Follow::no));
  const auto attributes = TRY(image->checked(image->system().attributes(id), "cannot read", path));
  const auto usage = image->system().usage();
  ByteProgress progress("copying", is_directory(attributes)
                                       ? (usage.blocks - usage.free_blocks) * redoxfs::block_size
                                       : attributes.size);
  Copy copy(*image, progress);
  std::error_code code;
  const bool into = fs::is_directory(destination, code);
  if (!is_directory(attributes)) {
    const std::string name = TRY(image->place(path)).name;
    return copy.node(id, path, into ? destination / name : destination);
  }
  // "/" is what it holds; any other directory goes by its name into a folder that is there.
  if (into && id != redoxfs::root_node)
    return copy.node(id, path, destination / TRY(image->place(path)).name);
  return copy.node(id, path, destination);
}

}  // namespace bactrian
