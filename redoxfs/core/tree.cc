// SPDX-License-Identifier: ISC
#include "core/tree.h"

namespace redoxfs {

Result<Block*> Tree::read(NodeId id) {
  if (!valid_node_id(id)) return Error::not_found;
  BlockPointer pointer = root_;
  for (unsigned level = tree_levels; level-- > 0;) {
    if (pointer.null()) return Error::not_found;
    Block* block = TRY(blocks_->read(pointer, BlockKind::tree));
    pointer = block->as<TreeBlock>().children[tree_slot(id, level)];
  }
  if (pointer.null()) return Error::not_found;
  return blocks_->read(pointer, BlockKind::node);
}

Result<Block*> Tree::modify_level(BlockPointer& pointer, unsigned level) {
  const auto rank = static_cast<std::uint8_t>(rank_of_tree + level);
  if (!pointer.null()) return blocks_->modify(pointer, BlockKind::tree, rank);
  Block* block = TRY(blocks_->create(pointer, BlockKind::tree, rank));
  return block;
}

Result<void> Tree::modify_path(NodeId id, Block* (&path)[tree_levels]) {
  BlockPointer* pointer = &root_;
  for (unsigned level = tree_levels; level-- > 0;) {
    path[level] = TRY(modify_level(*pointer, level));
    pointer = &path[level]->as<TreeBlock>().children[tree_slot(id, level)];
  }
  return {};
}

Result<Block*> Tree::modify(NodeId id) {
  TRY(read(id));  // so that nothing is copied for an id without a node
  Block* path[tree_levels];
  TRY(modify_path(id, path));
  return blocks_->modify(path[0]->as<TreeBlock>().children[tree_slot(id, 0)], BlockKind::node, rank_of_node);
}

Result<Block*> Tree::create(NodeId& id) {
  Block* path[tree_levels];
  BlockPointer* pointer = &root_;
  id = 0;
  for (unsigned level = tree_levels; level-- > 0;) {
    path[level] = TRY(modify_level(*pointer, level));
    auto& block = path[level]->as<TreeBlock>();
    unsigned slot = 0;
    const bool reserved = level == 0 && id == 0;  // id 0
    if (reserved) block.set_full(0, true);
    while (slot < tree_fanout && block.is_full(slot)) slot++;
    if (slot == tree_fanout) return level == tree_levels - 1 ? Error::no_space : Error::damaged;
    id |= slot << (8 * level);
    pointer = &block.children[slot];
  }
  if (!pointer->null()) return Error::damaged;  // a node that its flag does not know of
  Block* node = TRY(blocks_->create(*pointer, BlockKind::node, rank_of_node));
  for (unsigned level = 0; level < tree_levels; level++) {
    auto& block = path[level]->as<TreeBlock>();
    block.set_full(tree_slot(id, level), true);
    if (!block.all_full()) break;
  }
  return node;
}

Result<void> Tree::clear(NodeId id, bool release) {
  Block* path[tree_levels];
  TRY(modify_path(id, path));
  BlockPointer& pointer = path[0]->as<TreeBlock>().children[tree_slot(id, 0)];
  if (release && !pointer.null()) TRY(blocks_->drop(pointer));
  pointer = {};
  for (unsigned level = 0; level < tree_levels; level++)
    path[level]->as<TreeBlock>().set_full(tree_slot(id, level), false);
  return {};
}

Result<void> Tree::remove(NodeId id) {
  TRY(read(id));
  return clear(id, true);
}

Result<void> Tree::forget(NodeId id) {
  return clear(id, false);
}

Result<void> Tree::clear_below(NodeId id, unsigned level) {
  BlockPointer* pointer = &root_;
  for (unsigned above = tree_levels; above-- > level + 1;) {
    auto& block = TRY(modify_level(*pointer, above))->as<TreeBlock>();
    block.set_full(tree_slot(id, above), false);
    pointer = &block.children[tree_slot(id, above)];
  }
  *pointer = {};
  return {};
}

Result<void> Tree::set_full(NodeId id, unsigned level, bool full) {
  BlockPointer* pointer = &root_;
  for (unsigned above = tree_levels; above-- > level;) {
    if (pointer->null()) return {};  // cleared by another repair
    auto& block = TRY(modify_level(*pointer, above))->as<TreeBlock>();
    if (above == level) block.set_full(tree_slot(id, above), full);
    pointer = &block.children[tree_slot(id, above)];
  }
  return {};
}

}  // namespace redoxfs
