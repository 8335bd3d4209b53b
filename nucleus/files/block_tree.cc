// SPDX-License-Identifier: ISC

#include "block_tree.h"

#include <nucleus/frames.h>
#include <nucleus/memory_layout.h>

#include <new>

namespace nucleus {
namespace {

/// Null if there is no memory.
FileBlock* make_block() {
  auto frame = allocate_kernel_frames(0, FrameUse::file, Zeroed::no);
  return frame.ok() ? new (frame_memory(frame.value())) FileBlock : nullptr;
}

}  // namespace

Frame frame_of(const FileBlock& block) {
  return Frame::containing(PhysAddr{VirtAddr::of(&block) - layout::direct_map});
}

/// An inner node: at level 0 its slots are blocks, above that tables.
struct BlockTree::Table {
  std::array<void*, std::size_t{1} << bits> slots{};
};

FileBlock* BlockTree::find(std::uint64_t number) const {
  if (number >= capacity) return nullptr;
  const Table* table = root_;
  for (unsigned level = levels - 1; table && level > 0; level--) {
    table = static_cast<const Table*>(table->slots[index(number, level)]);
  }
  return table ? static_cast<FileBlock*>(table->slots[index(number, 0)]) : nullptr;
}

Result<FileBlock*> BlockTree::find_or_make(std::uint64_t number, bool& fresh) {
  fresh = false;
  if (number >= capacity) return Error::file_too_large;
  if (!root_ && !(root_ = new (std::nothrow) Table)) return Error::no_space;
  Table* table = root_;
  for (unsigned level = levels - 1; level > 0; level--) {
    void*& slot = table->slots[index(number, level)];
    if (!slot && !(slot = new (std::nothrow) Table)) return Error::no_space;
    table = static_cast<Table*>(slot);
  }
  void*& slot = table->slots[index(number, 0)];
  if (!slot) {
    if (!(slot = make_block())) return Error::no_space;
    fresh = true;
    block_count_++;
  }
  return static_cast<FileBlock*>(slot);
}

/// Frees what `table`, whose first block is `base`, holds from `first` on. True if nothing is left in it.
bool BlockTree::prune(Table& table, unsigned level, std::uint64_t base, std::uint64_t first) {
  const std::uint64_t span = std::uint64_t{1} << (bits * level);
  bool empty = true;
  for (std::size_t i = 0; i < table.slots.size(); i++) {
    void*& slot = table.slots[i];
    if (!slot) continue;
    const std::uint64_t start = base + i * span;
    bool dropped = false;
    if (level == 0) {
      if ((dropped = start >= first)) {
        free_kernel_frames(frame_of(*static_cast<FileBlock*>(slot)));
        block_count_--;
      }
    } else if (start + span > first) {
      auto* child = static_cast<Table*>(slot);
      if ((dropped = prune(*child, level - 1, start, first))) delete child;
    }
    if (dropped) slot = nullptr;
    empty = empty && dropped;
  }
  return empty;
}

void BlockTree::drop_from(std::uint64_t first) {
  if (root_ && prune(*root_, levels - 1, 0, first)) {
    delete root_;
    root_ = nullptr;
  }
}

}  // namespace nucleus
