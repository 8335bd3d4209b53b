// SPDX-License-Identifier: ISC
#pragma once

// An open directory: where getdents64 goes on reading.

#include "directory_node.h"
#include "open_file.h"

namespace nucleus {

class OpenDirectory final : public OpenFile {
 public:
  OpenDirectory(Ref<DirectoryNode> node, const OpenMode& mode) : OpenFile{node, mode}, directory_{*node} {}

  Result<std::size_t> read(std::span<std::byte>) override { return Error::is_directory; }
  Result<std::size_t> read_at(std::uint64_t, std::span<std::byte>) override { return Error::is_directory; }
  /// Only to a place that getdents64 has told, or to the start.
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;

  /// One name as getdents64 tells it. The first two are "." and "..".
  struct Item {
    std::string_view name;
    const Node* node;
    std::uint64_t next;  // where to go on after it
  };
  /// Calls take(Item) for each name from the position on, until it returns false (then that item comes
  /// again). With the file lock held: take must not block.
  template <typename Take>
  void for_each(Take&& take);

 private:
  bool item_at(std::uint64_t position, Item& item) const;

  DirectoryNode& directory_;
  std::uint64_t position_ = 0;  // 0: before ".", 1: before "..", 2 + n: after the entry whose cookie is n
};

template <typename Take>
void OpenDirectory::for_each(Take&& take) {
  Item item;
  while (item_at(position_, item) && take(item)) position_ = item.next;
}

}  // namespace nucleus
