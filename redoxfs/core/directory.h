// SPDX-License-Identifier: ISC
#pragma once

// Directory: names and their node ids, in entry lists below a tree that is sorted by the names' hashes.
//
// Functions that change a directory take its node's block as the operation may modify it; they keep its size
// and count of blocks, the caller its times.

#include <string_view>

#include "core/tree.h"

namespace redoxfs {

class Directory {
 public:
  Directory(Memory& memory, Blocks& blocks) : memory_{&memory}, blocks_{&blocks} {}

  /// Turns a node of zero bytes, whose mode is set, into an empty directory. Errors: no_space, out_of_memory.
  Result<void> initialize(Block* node);
  /// Errors: not_found, damaged, io, out_of_memory.
  Result<NodeId> find(const Node& node, std::string_view name);
  /// The name is not there yet. Errors: no_space, and as find().
  Result<void> insert(Block* node, std::string_view name, NodeId id);
  /// Errors: as insert().
  Result<void> remove(Block* node, std::string_view name);
  /// Gives a name that is there another node. Errors: as insert().
  Result<void> replace(Block* node, std::string_view name, NodeId id);
  /// Releases the blocks of an empty directory. Errors: damaged, io, out_of_memory.
  Result<void> release(Block* node);
  Result<bool> empty(const Node& node);

  struct Found {
    std::string_view name;  ///< good until visit() returns
    NodeId id;
    std::uint64_t cursor;  ///< for going on after this entry
  };
  /// Calls visit(found) for the entries after `cursor`, 0 at first, until it returns false. A directory may
  /// change between calls: an entry that stays is seen exactly once unless others of the very same hash come
  /// or go. Errors: damaged, io, out_of_memory.
  template <typename Visit>
  Result<void> list(const Node& node, std::uint64_t cursor, Visit visit) {
    Listing listing{.after = cursor};
    const auto call = [&](const Found& found) { return visit(found); };
    TRY(list_below(node.pointers[1], depth_of(node), listing, call));
    return {};
  }

 private:
  /// The way from the root to an entry list. steps[0] is the root of the hash tree, where there is one.
  struct Path {
    Block* blocks[deepest_hash_tree];
    unsigned slots[deepest_hash_tree];
    unsigned depth = 0;
    Block* list = nullptr;
  };
  static unsigned depth_of(const Node& node) { return node.pointers[0].address & 0xF; }
  Result<bool> find_below(BlockPointer pointer, unsigned depth, std::uint32_t hash, std::string_view name,
                          Path& path, NodeId& id);
  Result<void> modify_path(Block* node, Path& path);
  Result<Path> path_for_insert(Block* node, std::uint32_t hash);
  Result<void> split(Block* node, Path& path, std::string_view name, NodeId id);
  Result<void> add_sibling(Block* node, Path& path, std::uint32_t lower, std::uint32_t upper,
                           BlockPointer sibling);
  Result<void> prune(Block* node, Path& path);
  void refresh_greatest(Path& path);
  Result<void> release_below(Block* node, BlockPointer pointer, unsigned depth);

  struct Item {
    std::uint32_t hash;
    NodeId id;
    std::string_view name;
  };
  /// The entries of a list by hash, then name. `extra` is room for more.
  Result<Array<Item>> sorted(const EntryList& list, std::size_t extra = 0);

  /// How far a listing has come. A cursor is an entry's hash << 32 | its number among those of the same hash.
  struct Listing {
    std::uint64_t after;
    std::uint32_t hash = 0;
    std::uint32_t number = 0;
  };
  /// Whether to go on.
  template <typename Visit>
  Result<bool> list_below(BlockPointer pointer, unsigned depth, Listing& listing, Visit& visit) {
    if (pointer.null()) return true;
    const Block* block = TRY(blocks_->read(pointer, depth == 0 ? BlockKind::entries : BlockKind::hash_tree));
    if (depth > 0) {
      for (const auto& entry : block->as<HashBlock>().entries) {
        if (entry.child.null()) break;
        if (entry.greatest < listing.after >> 32) continue;
        if (!TRY(list_below(entry.child, depth - 1, listing, visit))) return false;
      }
      return true;
    }
    const auto items = TRY(sorted(block->as<EntryList>()));
    for (const Item& item : items) {
      listing.number = item.hash == listing.hash ? listing.number + 1 : 1;
      listing.hash = item.hash;
      const std::uint64_t cursor = std::uint64_t{item.hash} << 32 | listing.number;
      if (cursor <= listing.after) continue;  // seen, or out of order in a damaged image
      listing.after = cursor;
      if (!visit(Found{item.name, item.id, cursor})) return false;
    }
    return true;
  }

  Memory* memory_;
  Blocks* blocks_;
};

}  // namespace redoxfs
