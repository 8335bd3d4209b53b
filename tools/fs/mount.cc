// SPDX-License-Identifier: ISC
//
// `mount`: the file system through FUSE's low-level interface, whose inode numbers are our node ids (both
// call the root 1). Every name that the kernel knows holds its node, so that an id is not given anew while
// the kernel may still ask about the old node.
#define FUSE_USE_VERSION 314
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "fs/commands.h"

namespace bactrian {

namespace {

constexpr double cache_seconds = 60;     // nobody else changes the image
constexpr int idle_milliseconds = 5000;  ///< changes are on the medium that long after the last one

int errno_of(redoxfs::Error error) {
  switch (error) {
    case redoxfs::Error::out_of_memory:
      return ENOMEM;
    case redoxfs::Error::io:
    case redoxfs::Error::damaged:
      return EIO;
    case redoxfs::Error::not_found:
      return ENOENT;
    case redoxfs::Error::exists:
      return EEXIST;
    case redoxfs::Error::not_directory:
      return ENOTDIR;
    case redoxfs::Error::is_directory:
      return EISDIR;
    case redoxfs::Error::not_empty:
      return ENOTEMPTY;
    case redoxfs::Error::no_space:
      return ENOSPC;
    case redoxfs::Error::name_too_long:
      return ENAMETOOLONG;
    case redoxfs::Error::invalid_argument:
      return EINVAL;
    case redoxfs::Error::read_only:
      return EROFS;
    case redoxfs::Error::too_many_links:
      return EMLINK;
    case redoxfs::Error::file_too_large:
      return EFBIG;
    case redoxfs::Error::not_permitted:
      return EPERM;
    case redoxfs::Error::wrong_password:
      return EACCES;
    case redoxfs::Error::not_supported:
      return EOPNOTSUPP;
    case redoxfs::Error::busy:
      return EBUSY;
  }
  return EIO;
}

NodeId id_of(fuse_ino_t inode) {
  return static_cast<NodeId>(inode);
}

redoxfs::FileSystem& system_of(fuse_req_t request) {
  return static_cast<Image*>(fuse_req_userdata(request))->system();
}

timespec timespec_of(const redoxfs::Time& time) {
  return {.tv_sec = static_cast<time_t>(time.s), .tv_nsec = static_cast<long>(time.ns)};
}

struct stat stat_of(NodeId id, const redoxfs::Attributes& attributes) {
  struct stat status {};
  status.st_ino = id;
  status.st_mode = attributes.mode;
  status.st_nlink = attributes.links;
  status.st_uid = attributes.uid;
  status.st_gid = attributes.gid;
  status.st_size = static_cast<off_t>(attributes.size);
  status.st_blocks = static_cast<blkcnt_t>(attributes.blocks * (redoxfs::block_size / 512));
  status.st_blksize = 131072;
  status.st_atim = timespec_of(attributes.accessed);
  status.st_mtim = timespec_of(attributes.modified);
  status.st_ctim = timespec_of(attributes.changed);
  return status;
}

/// Replies with the error, if there is one. Whether there was.
template <typename T>
bool failed(fuse_req_t request, const redoxfs::Result<T>& result) {
  if (result.ok()) return false;
  fuse_reply_err(request, errno_of(result.error()));
  return true;
}

/// What the kernel is told of a node that it will know from now on.
redoxfs::Result<fuse_entry_param> entry_of(redoxfs::FileSystem& system, NodeId id) {
  fuse_entry_param entry{};
  auto attributes = system.attributes(id);
  if (!attributes.ok()) return attributes.error();
  if (const auto held = system.hold(id); !held.ok()) return held.error();
  entry.ino = id;
  entry.attr = stat_of(id, attributes.value());
  entry.attr_timeout = entry.entry_timeout = cache_seconds;
  return entry;
}

void reply_entry(fuse_req_t request, redoxfs::Result<NodeId> id) {
  if (failed(request, id)) return;
  const auto entry = entry_of(system_of(request), id.value());
  if (failed(request, entry)) return;
  fuse_reply_entry(request, &entry.value());
}

void on_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  reply_entry(request, system_of(request).lookup(id_of(parent), name));
}

void forget(redoxfs::FileSystem& system, fuse_ino_t inode, uint64_t count) {
  for (; count > 0; count--) (void)system.drop(id_of(inode));
}

void on_forget(fuse_req_t request, fuse_ino_t inode, uint64_t count) {
  forget(system_of(request), inode, count);
  fuse_reply_none(request);
}

void on_forget_multi(fuse_req_t request, size_t count, fuse_forget_data* all) {
  for (size_t i = 0; i < count; i++) forget(system_of(request), all[i].ino, all[i].nlookup);
  fuse_reply_none(request);
}

void reply_attributes(fuse_req_t request, fuse_ino_t inode) {
  const auto attributes = system_of(request).attributes(id_of(inode));
  if (failed(request, attributes)) return;
  const struct stat status = stat_of(id_of(inode), attributes.value());
  fuse_reply_attr(request, &status, cache_seconds);
}

void on_getattr(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
  reply_attributes(request, inode);
}

void on_setattr(fuse_req_t request, fuse_ino_t inode, struct stat* wanted, int what, fuse_file_info*) {
  auto& system = system_of(request);
  if (what & FUSE_SET_ATTR_SIZE) {
    const auto resized = system.resize(id_of(inode), static_cast<uint64_t>(wanted->st_size));
    if (failed(request, resized)) return;
  }
  const auto permissions = static_cast<uint16_t>(wanted->st_mode & 07777);
  const redoxfs::Time now = static_cast<Image*>(fuse_req_userdata(request))->clock().now();
  const auto time = [&](int is_now, const timespec& value) -> redoxfs::Time {
    if (what & is_now) return now;
    return {static_cast<uint64_t>(std::max<time_t>(value.tv_sec, 0)), static_cast<uint32_t>(value.tv_nsec)};
  };
  const redoxfs::Time accessed = time(FUSE_SET_ATTR_ATIME_NOW, wanted->st_atim);
  const redoxfs::Time modified = time(FUSE_SET_ATTR_MTIME_NOW, wanted->st_mtim);
  redoxfs::AttributeChange change;
  if (what & FUSE_SET_ATTR_MODE) change.permissions = &permissions;
  if (what & FUSE_SET_ATTR_UID) change.uid = &wanted->st_uid;
  if (what & FUSE_SET_ATTR_GID) change.gid = &wanted->st_gid;
  if (what & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW)) change.accessed = &accessed;
  if (what & (FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW)) change.modified = &modified;
  if (change.permissions || change.uid || change.gid || change.accessed || change.modified) {
    const auto changed = system.set_attributes(id_of(inode), change);
    if (failed(request, changed)) return;
  }
  reply_attributes(request, inode);
}

void on_readlink(fuse_req_t request, fuse_ino_t inode) {
  char target[4096] = {};
  const auto count =
      system_of(request).read(id_of(inode), 0, std::as_writable_bytes(std::span(target, 4095)));
  if (failed(request, count)) return;
  fuse_reply_readlink(request, target);
}

redoxfs::Result<NodeId> make(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
  const fuse_ctx* context = fuse_req_ctx(request);
  uint32_t gid = context->gid;
  auto& system = system_of(request);
  // A directory with the set-group-id bit gives its group on, and to directories the bit itself.
  if (const auto above = system.attributes(id_of(parent)); above.ok() && (above.value().mode & S_ISGID)) {
    gid = above.value().gid;
    if (S_ISDIR(mode)) mode |= S_ISGID;
  }
  return system.create(id_of(parent), name, static_cast<uint16_t>(mode), context->uid, gid);
}

void on_mknod(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
  if (S_ISCHR(mode) || S_ISBLK(mode)) {
    fuse_reply_err(request, EPERM);
    return;
  }
  reply_entry(request, make(request, parent, name, mode));
}

void on_mkdir(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
  reply_entry(request, make(request, parent, name, (mode & 07777) | S_IFDIR));
}

void on_symlink(fuse_req_t request, const char* target, fuse_ino_t parent, const char* name) {
  const fuse_ctx* context = fuse_req_ctx(request);
  reply_entry(request, system_of(request).symlink(id_of(parent), name, target, context->uid, context->gid));
}

void reply_done(fuse_req_t request, const redoxfs::Result<void>& done) {
  fuse_reply_err(request, done.ok() ? 0 : errno_of(done.error()));
}

void on_unlink(fuse_req_t request, fuse_ino_t parent, const char* name) {
  reply_done(request, system_of(request).unlink(id_of(parent), name));
}

void on_rmdir(fuse_req_t request, fuse_ino_t parent, const char* name) {
  reply_done(request, system_of(request).remove_directory(id_of(parent), name));
}

void on_rename(fuse_req_t request, fuse_ino_t parent, const char* name, fuse_ino_t new_parent,
               const char* new_name, unsigned flags) {
  constexpr unsigned no_replace = 1;  // RENAME_NOREPLACE
  if (flags & ~no_replace) {
    fuse_reply_err(request, EINVAL);
    return;
  }
  reply_done(request,
             system_of(request).rename(id_of(parent), name, id_of(new_parent), new_name,
                                       flags ? redoxfs::Replace::refused : redoxfs::Replace::allowed));
}

void on_link(fuse_req_t request, fuse_ino_t inode, fuse_ino_t parent, const char* name) {
  const auto linked = system_of(request).link(id_of(inode), id_of(parent), name);
  if (failed(request, linked)) return;
  reply_entry(request, id_of(inode));
}

void on_open(fuse_req_t request, fuse_ino_t inode, fuse_file_info* info) {
  // The kernel leaves O_TRUNC to us.
  if (info->flags & O_TRUNC) {
    const auto emptied = system_of(request).resize(id_of(inode), 0);
    if (failed(request, emptied)) return;
  }
  const auto held = system_of(request).hold(id_of(inode));
  if (failed(request, held)) return;
  info->keep_cache = 1;
  fuse_reply_open(request, info);
}

void on_create(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* info) {
  const auto id = make(request, parent, name, (mode & 07777) | S_IFREG);
  if (failed(request, id)) return;
  const auto entry = entry_of(system_of(request), id.value());
  if (failed(request, entry)) return;
  (void)system_of(request).hold(id.value());
  fuse_reply_create(request, &entry.value(), info);
}

void on_release(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
  reply_done(request, system_of(request).drop(id_of(inode)));
}

void on_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, fuse_file_info*) {
  std::vector<std::byte> buffer(size);
  const auto count =
      system_of(request).read(id_of(inode), static_cast<uint64_t>(offset), redoxfs::Bytes(buffer));
  if (failed(request, count)) return;
  fuse_reply_buf(request, reinterpret_cast<const char*>(buffer.data()), count.value());
}

void on_write(fuse_req_t request, fuse_ino_t inode, const char* data, size_t size, off_t offset,
              fuse_file_info*) {
  const auto count = system_of(request).write(id_of(inode), static_cast<uint64_t>(offset),
                                              std::as_bytes(std::span(data, size)));
  if (failed(request, count)) return;
  fuse_reply_write(request, count.value());
}

void on_fallocate(fuse_req_t request, fuse_ino_t inode, int mode, off_t offset, off_t length,
                  fuse_file_info*) {
  if (mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)) {
    fuse_reply_err(request, EOPNOTSUPP);  // copy on write cannot promise space
    return;
  }
  reply_done(request,
             system_of(request).punch(id_of(inode), static_cast<uint64_t>(offset),
                                      static_cast<uint64_t>(offset) + static_cast<uint64_t>(length)));
}

void on_lseek(fuse_req_t request, fuse_ino_t inode, off_t offset, int whence, fuse_file_info*) {
  const auto attributes = system_of(request).attributes(id_of(inode));
  if (failed(request, attributes)) return;
  const uint64_t size = attributes.value().size;
  if (offset < 0 || static_cast<uint64_t>(offset) >= size) {
    fuse_reply_err(request, ENXIO);
    return;
  }
  uint64_t at = size;  // one hole, at the end, is always a right answer
  if (whence == SEEK_DATA) {
    const auto data = system_of(request).next_data(id_of(inode), static_cast<uint64_t>(offset));
    if (failed(request, data)) return;
    at = data.value();
    if (at >= size) {
      fuse_reply_err(request, ENXIO);
      return;
    }
  }
  fuse_reply_lseek(request, static_cast<off_t>(at));
}

void on_fsync(fuse_req_t request, fuse_ino_t, int, fuse_file_info*) {
  reply_done(request, system_of(request).sync());
}

class DirectoryReply final : public redoxfs::EntryVisitor {
 public:
  DirectoryReply(fuse_req_t request, size_t size) : request_(request), buffer_(size) {}
  bool visit(const redoxfs::Entry& entry) override {
    return add(std::string(entry.name), entry.id, entry.cursor);
  }
  bool add(const std::string& name, NodeId id, uint64_t cursor) {
    struct stat status {};
    status.st_ino = id;
    const size_t needed = fuse_add_direntry(request_, buffer_.data() + used_, buffer_.size() - used_,
                                            name.c_str(), &status, static_cast<off_t>(cursor));
    if (needed > buffer_.size() - used_) return false;
    used_ += needed;
    return true;
  }
  void send() { fuse_reply_buf(request_, buffer_.data(), used_); }

 private:
  fuse_req_t request_;
  std::vector<char> buffer_;
  size_t used_ = 0;
};

// "." and ".." come first; their cursors lie below those of the entries, which are hash << 32 | number >= 1.
// A kernel's offset is signed: the hash loses nothing by its highest bit, which we keep by shifting both
// down.
constexpr uint64_t cursor_dot = 1, cursor_dots = 2;

uint64_t packed(uint64_t cursor) {
  return ((cursor >> 32) << 31 | (cursor & 0x7FFF'FFFF)) + cursor_dots;
}
uint64_t unpacked(uint64_t offset) {
  offset -= cursor_dots;
  return (offset >> 31) << 32 | (offset & 0x7FFF'FFFF);
}

class PackingReply final : public redoxfs::EntryVisitor {
 public:
  explicit PackingReply(DirectoryReply& reply) : reply_(reply) {}
  bool visit(const redoxfs::Entry& entry) override {
    return reply_.add(std::string(entry.name), entry.id, packed(entry.cursor));
  }

 private:
  DirectoryReply& reply_;
};

void on_readdir(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, fuse_file_info*) {
  DirectoryReply reply(request, size);
  PackingReply packing(reply);
  auto at = static_cast<uint64_t>(offset);
  if (at < cursor_dot && reply.add(".", id_of(inode), cursor_dot)) at = cursor_dot;
  const auto parent = system_of(request).parent(id_of(inode));
  if (at == cursor_dot && reply.add("..", parent.ok() ? parent.value() : id_of(inode), cursor_dots))
    at = cursor_dots;
  if (at >= cursor_dots) {
    const auto listed = system_of(request).list(id_of(inode), unpacked(at), packing);
    if (failed(request, listed)) return;
  }
  reply.send();
}

void on_statfs(fuse_req_t request, fuse_ino_t) {
  const auto usage = system_of(request).usage();
  struct statvfs status {};
  status.f_bsize = status.f_frsize = redoxfs::block_size;
  status.f_blocks = usage.blocks;
  status.f_bfree = status.f_bavail = usage.free_blocks;
  status.f_files = status.f_ffree = usage.free_blocks;
  status.f_namemax = 252;
  fuse_reply_statfs(request, &status);
}

const fuse_lowlevel_ops operations = {
    .lookup = on_lookup,
    .forget = on_forget,
    .getattr = on_getattr,
    .setattr = on_setattr,
    .readlink = on_readlink,
    .mknod = on_mknod,
    .mkdir = on_mkdir,
    .unlink = on_unlink,
    .rmdir = on_rmdir,
    .symlink = on_symlink,
    .rename = on_rename,
    .link = on_link,
    .open = on_open,
    .read = on_read,
    .write = on_write,
    .release = on_release,
    .fsync = on_fsync,
    .readdir = on_readdir,
    .fsyncdir = on_fsync,
    .statfs = on_statfs,
    .create = on_create,
    .forget_multi = on_forget_multi,
    .fallocate = on_fallocate,
    .lseek = on_lseek,
};

/// Serves requests until it is unmounted or a signal comes. What has changed is written when nothing happens.
Result<void> serve(Image& image, fuse_session* session) {
  fuse_buf buffer{};
  while (!fuse_session_exited(session)) {
    pollfd waiting{.fd = fuse_session_fd(session), .events = POLLIN, .revents = 0};
    const int ready = poll(&waiting, 1, idle_milliseconds);
    if (ready < 0 && errno != EINTR) return system_error("cannot wait for requests", errno);
    if (ready == 0) {
      if (const auto synced = image.sync(); !synced.ok()) print_error(synced.error());
      continue;
    }
    if (ready < 0) continue;
    const int size = fuse_session_receive_buf(session, &buffer);
    if (size == -EINTR) continue;
    if (size <= 0) break;
    fuse_session_process_buf(session, &buffer);
  }
  free(buffer.mem);
  return image.sync();
}

}  // namespace

Result<void> mount(const MountOptions& options) {
  const auto access = options.read_only ? redoxfs::Access::read_only : redoxfs::Access::read_write;
  if (::access("/dev/fuse", R_OK | W_OK) != 0)
    return Error{.message = "this machine has no FUSE (/dev/fuse)",
                 .remedy = "load it (modprobe fuse), or use get and put"};
  const auto image = TRY(Image::open(options.image, access));
  std::string flags = "default_permissions,fsname=redoxfs";
  if (options.read_only) flags += ",ro";
  if (options.others) flags += ",allow_other";
  std::string program = "bactrian-fs", option = "-o";
  char* words[] = {program.data(), option.data(), flags.data()};
  fuse_args arguments = FUSE_ARGS_INIT(3, words);
  fuse_session* session = fuse_session_new(&arguments, &operations, sizeof operations, image.get());
  if (!session) return Error{.message = "cannot start FUSE"};
  Result<void> result = Error{.message = "cannot mount",
                              .where = options.folder,
                              .remedy = "is it an empty folder of yours, and fuse3 installed?",
                              .status = 1};
  if (fuse_set_signal_handlers(session) == 0) {
    if (fuse_session_mount(session, options.folder.c_str()) == 0) {
      note(options.image.string() + " is mounted on " + options.folder.string() +
           "; Ctrl-C or `fusermount3 -u` ends it");
      result = serve(*image, session);
      fuse_session_unmount(session);
    }
    fuse_remove_signal_handlers(session);
  }
  fuse_session_destroy(session);
  return result;
}

}  // namespace bactrian
