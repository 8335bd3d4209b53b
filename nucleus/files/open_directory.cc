// SPDX-License-Identifier: ISC

#include "open_directory.h"

#include "file_lock.h"

namespace nucleus {

bool OpenDirectory::item_at(std::uint64_t position, Item& item) const {
  if (position == 0) {
    item = {".", &directory_, 1};
    return !directory_.removed();
  }
  if (position == 1) {
    item = {"..", directory_.parent(), 2};
    return true;
  }
  const DirectoryEntry* entry = directory_.after(position - 2);
  if (!entry) return false;
  item = {entry->name.view(), entry->node.get(), entry->cookie + 2};
  return true;
}

Result<std::uint64_t> OpenDirectory::seek(std::int64_t offset, Whence whence) {
  const FileGuard guard;
  if (whence == Whence::current) offset += static_cast<std::int64_t>(position_);
  if (whence == Whence::end || offset < 0) return Error::invalid_argument;
  position_ = static_cast<std::uint64_t>(offset);
  return position_;
}

}  // namespace nucleus
