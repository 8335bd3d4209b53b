// SPDX-License-Identifier: ISC
#pragma once

// Tree: from node ids to nodes, through four levels of tree blocks.

#include "core/blocks.h"

namespace redoxfs {

using NodeId = std::uint32_t;

class Tree {
 public:
  explicit Tree(Blocks& blocks) : blocks_{&blocks} {}

  BlockPointer& root() { return root_; }

  /// Errors: not_found (no node has this id), damaged, io, out_of_memory.
  Result<Block*> read(NodeId id);
  /// For changing it. Errors: as read(), no_space.
  Result<Block*> modify(NodeId id);
  /// A node of zero bytes with the least free id. Errors: no_space, damaged, io, out_of_memory.
  Result<Block*> create(NodeId& id);
  /// Releases the node's block and its id. Errors: as modify().
  Result<void> remove(NodeId id);
  /// Forgets a node without looking at its block, for repair. Errors: as modify().
  Result<void> forget(NodeId id);
  /// For repair: forgets the tree block at `level` above the id, with all below it. Errors: as modify().
  Result<void> clear_below(NodeId id, unsigned level);
  /// For repair: what the tree block at `level` says of the child that leads to the id. Errors: as modify().
  Result<void> set_full(NodeId id, unsigned level, bool full);

 private:
  Result<Block*> modify_level(BlockPointer& pointer, unsigned level);
  /// The four tree blocks above the id, for changing them; path[0] is the lowest.
  Result<void> modify_path(NodeId id, Block* (&path)[tree_levels]);
  Result<void> clear(NodeId id, bool release);

  Blocks* blocks_;
  BlockPointer root_;
};

inline unsigned tree_slot(NodeId id, unsigned level) {
  return id >> (8 * level) & 0xFF;
}

}  // namespace redoxfs
