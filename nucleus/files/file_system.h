// SPDX-License-Identifier: ISC
#pragma once

// FileSystem: the tree and what belongs to the program as a whole: where it stands and the permissions that
// it does not give. Reached only through with_files(), which holds the file lock.

#include "file_lock.h"
#include "file_tree.h"
#include "open_file.h"

#include <nucleus/heap.h>

#include <string_view>
#include <utility>

namespace nucleus {

/// What open() was asked for, decoded.
struct OpenRequest {
  OpenMode mode;
  bool create = false;
  bool exclusive = false;
  bool truncate = false;
  bool must_be_directory = false;
  bool follow_last = true;
  bool path_only = false;  // O_PATH: for its attributes and as a starting point
  std::uint32_t permissions = 0;
};

class FileSystem {
 public:
  /// An empty tree with /dev and /tmp. Errors: out_of_memory.
  static Result<Owned<FileSystem>> create(std::int64_t (*now_ns)());

  FileTree tree;
  Ref<DirectoryNode> working_directory;
  std::uint32_t mode_mask = 022;

  /// Errors: what FileTree::resolve and make_file have; exists, is_directory, not_directory, loop (a symbolic
  /// link, not to be followed), no_device (/dev/tty where there is no terminal).
  Result<Ref<OpenFile>> open(DirectoryNode& start, std::string_view path, const OpenRequest& request);

 private:
  explicit FileSystem(FileTree made) : tree{std::move(made)}, working_directory{tree.root()} {}

  Result<> make_standard_files();
  Result<Ref<OpenFile>> open_existing(const Ref<Node>& node, const OpenRequest& request);
  Result<Ref<OpenFile>> open_device(const Ref<Node>& node, Device device, const OpenRequest& request);
};

/// The program's one; set once, before the program runs.
void set_file_system(Owned<FileSystem> made);
FileSystem& file_system_without_lock();

/// Calls function(FileSystem&) with the file lock held; it must neither wait nor drop the last reference to
/// an open pipe, which takes that lock.
template <typename Function>
decltype(auto) with_files(Function&& function) {
  const FileGuard guard;
  return std::forward<Function>(function)(file_system_without_lock());
}

}  // namespace nucleus
