// SPDX-License-Identifier: ISC
#pragma once

// FileTree: names, and what can be done with them. All operations work on a Place, the answer of resolve();
// they check everything first and then change the tree, so that an error leaves it as it was. Context of all:
// the tree's owner holds its lock.

#include "device_node.h"
#include "directory_node.h"
#include "path.h"
#include "regular_node.h"
#include "symlink_node.h"

#include <nucleus/ref.h>
#include <nucleus/result.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {

/// Where a path leads. `name` is the last component; it lives as long as the path and the tree are not
/// changed.
struct Place {
  Ref<DirectoryNode> parent;
  std::string_view name;  // "." for the root itself
  Ref<Node> node;         // null: nothing has that name yet
  bool must_be_directory = false;
};

enum class FollowLast : bool { no, yes };

class FileTree {
 public:
  static constexpr unsigned max_links_followed = 40;

  /// An empty tree; `now_ns` tells the wall clock. Errors: out_of_memory.
  static Result<FileTree> create(std::int64_t (*now_ns)());

  const Ref<DirectoryNode>& root() const { return root_; }

  /// Follows `path` from `start` (or from the root, if it begins with a slash). The last component need not
  /// exist. Errors: not_found (an empty path; a part before the last is missing), not_directory (such a part
  /// is something else; or a trailing slash behind something else), loop, too_long.
  Result<Place> resolve(DirectoryNode& start, std::string_view path, FollowLast follow) const;
  /// The same, for what must exist. Errors: also not_found.
  Result<Ref<Node>> lookup(DirectoryNode& start, std::string_view path, FollowLast follow) const;

  // Making. Errors of all: exists, not_found (the parent was removed), out_of_memory, too_long.

  /// Also: is_directory (a trailing slash). `original` is borrowed for ever.
  Result<Ref<RegularNode>> make_file(const Place& place, std::uint32_t permissions,
                                     std::span<const std::byte> original = {});
  Result<Ref<DirectoryNode>> make_directory(const Place& place, std::uint32_t permissions);
  /// Also: not_found (an empty target).
  Result<> make_symlink(const Place& place, std::string_view target);
  Result<> make_device(const Place& place, Device device, std::uint32_t permissions);
  /// One more name for `node`. Also: not_permitted (a directory).
  Result<> make_link(const Place& place, const Ref<Node>& node);

  // Removing. What is open lives on without a name.

  /// Errors: not_found, is_directory.
  Result<> unlink(const Place& place);
  /// Errors: not_found, not_directory, not_empty, busy (the root), invalid_argument (".").
  Result<> remove_directory(const Place& place);

  /// Gives what `from` names the name `to`, in place of what had it. Both names for one node: nothing
  /// happens. Errors: not_found, not_directory, is_directory, not_empty, busy ("." or ".."), invalid_argument
  /// (a directory into itself), out_of_memory, too_long; `keep_existing`: exists.
  Result<> rename(const Place& from, const Place& to, bool keep_existing = false);

  /// Writes the absolute path of `directory` to the end of `buffer` and returns that part.
  /// Errors: not_found (it was removed), out_of_range (the buffer is too short).
  Result<std::string_view> path_of(const DirectoryNode& directory, std::span<char> buffer) const;

  /// Attributes for a node made now.
  NodeAttributes new_attributes(std::uint32_t permissions);
  std::int64_t now_ns() const { return now_ns_(); }
  std::int64_t (*clock() const)() { return now_ns_; }

 private:
  explicit FileTree(std::int64_t (*now_ns)()) : now_ns_{now_ns} {}
  Result<> may_make(const Place& place) const;
  Result<> enter(const Place& place, Ref<Node> node);
  void leave(DirectoryNode& parent, std::string_view name);
  void touch(Node& directory) const;

  std::int64_t (*now_ns_)();
  std::uint64_t last_number_ = 0;
  Ref<DirectoryNode> root_;
};

}  // namespace nucleus
