// SPDX-License-Identifier: ISC
#pragma once

// FileSystem: a RedoxFS version 8 file system on a block device.
//
// Every call is one operation: it happens whole or, when it returns an error, not at all; but write() may
// write less than asked for. What has happened is durable after sync(); before that, a power cut leaves the
// file system as some moment between the last sync() and the cut left it.
//
// Nodes are named by their ids; a caller that keeps an id beyond the node's last name holds it with hold().
// Calls on one FileSystem must not overlap. Readers that run beside a writer each use a snapshot().

#include <redoxfs/owned.h>

#include <string_view>

namespace redoxfs {

using NodeId = std::uint32_t;
inline constexpr NodeId root_node = 1;

/// Type and permissions, as POSIX has them.
namespace mode {
inline constexpr std::uint16_t type = 0xF000;
inline constexpr std::uint16_t file = 0x8000;
inline constexpr std::uint16_t directory = 0x4000;
inline constexpr std::uint16_t symbolic_link = 0xA000;
inline constexpr std::uint16_t fifo = 0x1000;
inline constexpr std::uint16_t socket = 0xC000;
}  // namespace mode

struct Attributes {
  std::uint16_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t links = 0;
  std::uint64_t size = 0;    ///< bytes
  std::uint64_t blocks = 0;  ///< of 4096 bytes, all that the node uses
  Time accessed;
  Time modified;
  Time changed;
};

struct Usage {
  std::uint64_t blocks = 0;
  std::uint64_t free_blocks = 0;
  std::uint64_t generation = 0;
  std::array<std::byte, 16> uuid{};
  bool encrypted = false;
};

struct Entry {
  std::string_view name;  ///< good until visit() returns
  NodeId id;
  std::uint64_t cursor;  ///< for going on after this entry
};

class EntryVisitor {
 public:
  /// Whether to go on. Must not call the file system.
  virtual bool visit(const Entry& entry) = 0;

 protected:
  ~EntryVisitor() = default;
};

/// What set_attributes() changes.
struct AttributeChange {
  const std::uint16_t* permissions = nullptr;  ///< the type stays
  const std::uint32_t* uid = nullptr;
  const std::uint32_t* gid = nullptr;
  const Time* accessed = nullptr;
  const Time* modified = nullptr;
};

enum class Replace : std::uint8_t { allowed, refused };

/// Memory that a file system may use, beyond what an operation needs for itself.
struct Limits {
  std::size_t clean_blocks = 2048;  ///< metadata kept in memory, 4 KiB each
  std::size_t dirty_blocks = 2048;  ///< changed metadata before a commit
  std::size_t clean_record_bytes = std::size_t{4} << 20;
  std::size_t dirty_record_bytes = std::size_t{4} << 20;
};

enum class Access : std::uint8_t { read_only, read_write };

struct OpenOptions {
  Access access = Access::read_only;
  ConstBytes password = {};
  Limits limits = {};
};

struct FormatOptions {
  std::array<std::byte, 16> uuid{};
  std::uint64_t blocks = 0;  ///< 0: as many as the device has
  ConstBytes password = {};  ///< empty: not encrypted
  std::uint16_t root_permissions = 0755;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

/// Makes an empty file system on the device; all that it had is lost.
/// Errors: no_space (fewer than 297 blocks), io, out_of_memory, not_supported (a password and no
/// Cryptography).
Result<void> format(BlockDevice& device, const Services& services, const FormatOptions& options);

class FileSystem {
 public:
  /// Device and services outlive the file system. Close with sync(); without it, what was not synced is lost.
  /// Errors: damaged (no header, or a log that read_write needs), wrong_password, not_supported, io,
  /// out_of_memory.
  static Result<Owned<FileSystem>> open(BlockDevice& device, const Services& services,
                                        const OpenOptions& options);
  ~FileSystem();
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  /// The newest header was damaged: what its transaction did is lost.
  bool fell_back() const;
  Usage usage() const;

  /// All that was done is on the medium. Errors: io, no_space, damaged, out_of_memory. After a failure of the
  /// device in a barrier the file system refuses all changes (io) until it is opened again.
  Result<void> sync();
  /// The state as of now, after a sync(), as a read-only file system with a cache of its own. While one
  /// exists, what is removed here is not reused. Must be destroyed before this, and not while a call on this
  /// is under way.
  /// For another thread it needs services of its own; the device is read by both.
  Result<Owned<FileSystem>> snapshot(const Services& services);

  /// Errors of all calls below: io, damaged, out_of_memory; not_found for an id without a node, not_directory
  /// where a directory is wanted; of those that change something: read_only, no_space.

  /// Errors: not_found.
  Result<NodeId> lookup(NodeId directory, std::string_view name);
  /// The directory that holds a directory; the root's is the root. Errors: not_found (never met by lookup()
  /// here).
  Result<NodeId> parent(NodeId directory);
  Result<Attributes> attributes(NodeId id);
  /// The entries after `cursor`, 0 at first, in the order of their hashes. The directory may change between
  /// calls.
  Result<void> list(NodeId directory, std::uint64_t cursor, EntryVisitor& visitor);
  /// Less than asked for only at the end. Of a symbolic link: its target. Errors: is_directory.
  Result<std::size_t> read(NodeId id, std::uint64_t offset, Bytes into);
  /// The first byte at or after `offset` that may be data, or the file's size. Errors: is_directory.
  Result<std::uint64_t> next_data(NodeId id, std::uint64_t offset);

  /// A file, directory, fifo or socket. Errors: exists, invalid_argument (name, mode), name_too_long.
  Result<NodeId> create(NodeId directory, std::string_view name, std::uint16_t mode, std::uint32_t uid,
                        std::uint32_t gid);
  /// Errors: as create(); name_too_long for a target of more than 4095 bytes.
  Result<NodeId> symlink(NodeId directory, std::string_view name, std::string_view target, std::uint32_t uid,
                         std::uint32_t gid);
  /// Errors: as create(); not_permitted for a directory, too_many_links.
  Result<void> link(NodeId id, NodeId directory, std::string_view name);
  /// Errors: not_found, is_directory.
  Result<void> unlink(NodeId directory, std::string_view name);
  /// Errors: not_found, not_directory, not_empty, invalid_argument.
  Result<void> remove_directory(NodeId directory, std::string_view name);
  /// Replaces what has the new name, of the same kind. Errors: not_found, exists (Replace::refused),
  /// is_directory, not_directory, not_empty, invalid_argument (a directory into itself; a name),
  /// name_too_long.
  Result<void> rename(NodeId old_directory, std::string_view old_name, NodeId new_directory,
                      std::string_view new_name, Replace replace = Replace::allowed);

  /// How much was written: less than asked for only when something failed after the first part.
  /// Errors: is_directory, file_too_large, invalid_argument (not a file).
  Result<std::size_t> write(NodeId id, std::uint64_t offset, ConstBytes from);
  /// Errors: as write().
  Result<void> resize(NodeId id, std::uint64_t size);
  /// Makes [from, to) a hole of zero bytes; the size stays. Errors: as write().
  Result<void> punch(NodeId id, std::uint64_t from, std::uint64_t to);
  Result<void> set_attributes(NodeId id, const AttributeChange& change);

  /// A node that is held lives on without a name, until the last drop(); a power cut ends it too.
  Result<void> hold(NodeId id);
  Result<void> drop(NodeId id);

  /// A further password for the same data. Errors: not_permitted (not encrypted), no_space (64 slots are in
  /// use).
  Result<void> add_password(ConstBytes password);
  /// Errors: wrong_password (none is this one), not_permitted (it is the last).
  Result<void> remove_password(ConstBytes password);

 private:
  friend class Owned<FileSystem>;
  friend class Checker;
  friend Result<struct CheckResult> check(BlockDevice&, const Services&, const struct CheckOptions&,
                                          class CheckObserver&);
  friend Result<void> format(BlockDevice&, const Services&, const FormatOptions&);
  struct Core;
  explicit FileSystem(Core* core) : core_{core} {}
  Core* core_;
};

}  // namespace redoxfs
