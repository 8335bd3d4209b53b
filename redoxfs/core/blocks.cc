// SPDX-License-Identifier: ISC
#include "core/blocks.h"

#include <algorithm>
#include <cstring>

#include "core/seahash.h"

namespace redoxfs {

Blocks::~Blocks() {
  map_.each([&](std::uint64_t, Block* block) { memory_->release(block, sizeof(Block)); });
}

void Blocks::free_block(Block* block) {
  memory_->release(block, sizeof(Block));
}

void Blocks::unlink(Block* block) {
  (block->newer ? block->newer->older : newest_) = block->older;
  (block->older ? block->older->newer : oldest_) = block->newer;
  block->newer = block->older = nullptr;
  clean_count_--;
}

/// Puts a clean block at the front of the order of use.
void Blocks::use(Block* block) {
  block->older = newest_;
  block->newer = nullptr;
  (newest_ ? newest_->newer : oldest_) = block;
  newest_ = block;
  clean_count_++;
}

void Blocks::trim(std::size_t limit) {
  while (clean_count_ > limit) {
    Block* block = oldest_;
    unlink(block);
    map_.erase(block->index);
    free_block(block);
  }
}

Result<Block*> Blocks::make(std::uint64_t index, BlockKind kind, std::uint8_t rank) {
  void* memory = memory_->allocate(sizeof(Block));
  if (!memory) return Error::out_of_memory;
  auto* block = new (memory) Block;
  block->index = index;
  block->kind = kind;
  block->rank = rank;
  return block;
}

Result<Block*> Blocks::read(BlockPointer pointer, BlockKind kind) {
  if (pointer.level() != 0 || pointer.decompressed_level() != 0) return Error::damaged;
  if (reads_left_-- == 0) {
    reads_left_ = 0;
    return Error::damaged;
  }
  if (Block** found = map_.find(pointer.index())) {
    Block* block = *found;
    if (block->kind != kind) return Error::damaged;
    if (block->dirty) return block;
    if (block->hash != pointer.hash) return Error::damaged;
    unlink(block);
    use(block);
    return block;
  }
  Block* block = TRY(make(pointer.index(), kind, 0));
  block->hash = pointer.hash;
  const auto load = [&]() -> Result<void> {
    TRY(store_->read(pointer, block->data));
    TRY(validate(kind, block->data));
    return map_.insert(block->index, block);
  };
  if (const auto loaded = load(); !loaded.ok()) {
    free_block(block);
    return loaded.error();
  }
  use(block);
  return block;
}

/// Keeps a copy of a dirty block for roll_back(), once an operation.
Result<void> Blocks::save(Block* block) {
  if (!active_ || block->saved_by == operation_) return {};
  TRY(undo_.reserve(undo_.size() + 1));
  auto* copy = static_cast<std::byte*>(memory_->allocate(block_size));
  if (!copy) return Error::out_of_memory;
  std::memcpy(copy, block->data, block_size);
  block->saved_by = operation_;
  return undo_.push({block, copy, Change::changed});
}

Result<Block*> Blocks::create(BlockPointer& pointer, BlockKind kind, std::uint8_t rank) {
  TRY(undo_.reserve(undo_.size() + 2));
  const std::uint64_t index = TRY(space_->allocate(0));
  // A clean block may be there still, of content that was released. Where a damaged log says that blocks in
  // use are free, it may be one that the operation has in its hands: so it lives until the operation ends.
  if (Block** stale = map_.find(index)) {
    Block* block = *stale;
    if (block->dirty) return Error::damaged;
    unlink(block);
    map_.erase(index);
    (void)undo_.push({block, nullptr, Change::displaced});  // reserved
  }
  Block* block = TRY(make(index, kind, rank));
  std::memset(block->data, 0, block_size);
  block->dirty = true;
  block->saved_by = operation_;
  if (const auto added = map_.insert(index, block); !added.ok()) {
    free_block(block);
    return added.error();
  }
  dirty_count_++;
  if (active_) TRY(undo_.push({block, nullptr, Change::created}));
  pointer = BlockPointer::at(index, 0);
  return block;
}

Result<Block*> Blocks::modify(BlockPointer& pointer, BlockKind kind, std::uint8_t rank) {
  Block* old = TRY(read(pointer, kind));
  if (old->dirty) {
    TRY(save(old));
    return old;
  }
  const BlockPointer before = pointer;
  if (space_->has_free(before.index()))
    return Error::damaged;  // in use and free: what is written next might fall on it
  Block* block = TRY(create(pointer, kind, rank));
  std::memcpy(block->data, old->data, block_size);
  TRY(space_->release(before.index(), 1));
  return block;
}

Result<void> Blocks::drop(BlockPointer pointer) {
  TRY(undo_.reserve(undo_.size() + 1));
  TRY(space_->release(pointer.index(), 1));
  Block* block = dirty(pointer.index());
  if (!block) return {};
  map_.erase(block->index);
  dirty_count_--;
  if (!active_) {
    free_block(block);
    return {};
  }
  return undo_.push({block, nullptr, Change::dropped});
}

Block* Blocks::dirty(std::uint64_t index) {
  Block** found = map_.find(index);
  return found && (*found)->dirty ? *found : nullptr;
}

void Blocks::begin() {
  operation_++;
  active_ = true;
}

void Blocks::end(std::size_t clean_limit) {
  for (const Undo& undo : undo_) {
    if (undo.change == Change::changed) memory_->release(undo.copy, block_size);
    if (undo.change == Change::dropped || undo.change == Change::displaced) free_block(undo.block);
  }
  undo_.clear();
  active_ = false;
  trim(clean_limit);
}

void Blocks::roll_back() {
  while (!undo_.empty()) {
    const Undo undo = undo_.pop();
    switch (undo.change) {
      case Change::created:
        map_.erase(undo.block->index);
        dirty_count_--;
        free_block(undo.block);
        break;
      case Change::changed:
        std::memcpy(undo.block->data, undo.copy, block_size);
        memory_->release(undo.copy, block_size);
        break;
      case Change::dropped:
        (void)map_.insert(undo.block->index, undo.block);  // its slot was freed by this very operation
        dirty_count_++;
        break;
      case Change::displaced:
        free_block(undo.block);
        break;
    }
  }
  active_ = false;
}

/// Copies the hashes of dirty children, which are complete, into the pointers to them.
void Blocks::complete_children(Block& block) {
  const auto complete = [&](BlockPointer& pointer) {
    if (pointer.null() || pointer.level() != 0 || pointer.decompressed_level() != 0) return;
    // Only a child: a record may not be taken for a block of the same place, but places are never shared.
    if (const Block* child = dirty(pointer.index()); child && child->rank < block.rank)
      pointer.hash = child->hash;
  };
  switch (block.kind) {
    case BlockKind::entries:
      break;
    case BlockKind::hash_tree:
      for (auto& entry : block.as<HashBlock>().entries) complete(entry.child);
      break;
    case BlockKind::indirect:
      for (auto& child : block.as<IndirectBlock>().children) complete(child);
      break;
    case BlockKind::node: {
      auto& node = block.as<Node>();
      if (node.is_inline()) break;
      if (node.is(kind_directory))
        complete(node.pointers[1]);
      else
        for (std::size_t i = 0; i < std::size(node.pointers); i++) complete(node.pointers[i]);
      break;
    }
    case BlockKind::tree:
      for (auto& child : block.as<TreeBlock>().children) complete(child);
      break;
  }
}

Result<void> Blocks::write_dirty() {
  dirty_.clear();
  TRY(dirty_.reserve(dirty_count_));
  map_.each([&](std::uint64_t, Block* block) {
    if (block->dirty) (void)dirty_.push(block);
  });
  std::sort(dirty_.begin(), dirty_.end(), [](const Block* a, const Block* b) { return a->rank < b->rank; });
  for (Block* block : dirty_) {
    complete_children(*block);
    block->hash = seahash(block->data);
  }
  std::sort(dirty_.begin(), dirty_.end(), [](const Block* a, const Block* b) { return a->index < b->index; });
  Array<const std::byte*> run(*memory_);
  for (std::size_t i = 0; i < dirty_.size(); i++) {
    TRY(run.push(dirty_[i]->data));
    if (i + 1 < dirty_.size() && dirty_[i + 1]->index == dirty_[i]->index + 1) continue;
    TRY(store_->write_gathered(dirty_[i]->index + 1 - run.size(), run.span()));
    run.clear();
  }
  return {};
}

void Blocks::committed() {
  for (Block* block : dirty_) {
    block->dirty = false;
    use(block);
  }
  dirty_.clear();
  dirty_count_ = 0;
}

}  // namespace redoxfs
