// SPDX-License-Identifier: ISC
#pragma once

// Blocks: the metadata blocks in memory, and copy on write.
//
// A block of an older generation is never changed. modify() gives it a new place on the device at once and
// writes that into its parent's pointer, so that running out of space is known when an operation asks, not at
// commit; the hash in the pointer is completed by commit(), children before parents.
//
// begin() to end() encloses an operation. Blocks stay in memory while one is under way, so pointers to them
// stay good; roll_back() restores every block that it changed. Dirty blocks stay until commit(), clean ones
// are dropped when there are too many.

#include "core/map.h"
#include "core/space.h"
#include "core/store.h"
#include "core/validate.h"

namespace redoxfs {

struct Block {
  std::uint64_t index = 0;
  std::uint64_t hash = 0;  ///< of `data`, where it is clean
  BlockKind kind{};
  std::uint8_t rank = 0;  ///< parents have greater ones than their children
  bool dirty = false;
  std::uint64_t saved_by = 0;  ///< the operation that holds a copy
  Block* newer = nullptr;      ///< in the order of use; clean blocks only
  Block* older = nullptr;
  alignas(16) std::byte data[block_size];

  template <typename T>
  T& as() {
    return *reinterpret_cast<T*>(data);
  }
  template <typename T>
  const T& as() const {
    return *reinterpret_cast<const T*>(data);
  }
  BlockPointer pointer() const { return {.address = index << 8, .hash = hash}; }
};

/// The ranks that commit() goes through: entries and indirect blocks by their depth, nodes, the tree by its
/// level.
inline constexpr std::uint8_t rank_of_node = 20;
inline constexpr std::uint8_t rank_of_tree = 21;

class Blocks {
 public:
  Blocks(Memory& memory, Store& store, Space& space)
      : memory_{&memory}, store_{&store}, space_{&space}, map_{memory}, dirty_{memory}, undo_{memory} {}
  ~Blocks();

  /// Errors: damaged, io, out_of_memory.
  Result<Block*> read(BlockPointer pointer, BlockKind kind);
  /// `pointer` lies in a block that was modified, or outlives the operation; it is set to the block's new
  /// place. Errors: as read(), no_space.
  Result<Block*> modify(BlockPointer& pointer, BlockKind kind, std::uint8_t rank);
  /// A block of zero bytes. Errors: no_space, out_of_memory.
  Result<Block*> create(BlockPointer& pointer, BlockKind kind, std::uint8_t rank);
  /// Releases the block that `pointer` is about. Errors: damaged, out_of_memory.
  Result<void> drop(BlockPointer pointer);
  /// A dirty block that is in memory, or null.
  Block* dirty(std::uint64_t index);

  /// Refuses to follow more pointers than this before the next call: an image whose blocks refer to one
  /// another in circles, or many times over, would keep us busy for ever.
  void limit_reads(std::uint64_t most) { reads_left_ = most; }

  void begin();
  void end(std::size_t clean_limit);
  void roll_back();

  std::size_t dirty_count() const { return dirty_count_; }
  /// Completes the hashes and writes every dirty block. Errors: io, out_of_memory; all stays dirty.
  Result<void> write_dirty();
  /// What was written is durable: no block is dirty any more.
  void committed();
  /// Forgets every clean block.
  void forget_clean() { trim(0); }

 private:
  enum class Change : std::uint8_t { created, changed, dropped, displaced };
  struct Undo {
    Block* block;
    std::byte* copy;  ///< of `changed`
    Change change;
  };
  Result<Block*> make(std::uint64_t index, BlockKind kind, std::uint8_t rank);
  void free_block(Block* block);
  void use(Block* block);
  void unlink(Block* block);
  void trim(std::size_t limit);
  Result<void> save(Block* block);
  void complete_children(Block& block);

  Memory* memory_;
  Store* store_;
  Space* space_;
  Map<Block*> map_;
  Array<Block*> dirty_;  // scratch of write_dirty
  Array<Undo> undo_;
  Block* newest_ = nullptr;
  Block* oldest_ = nullptr;
  std::size_t clean_count_ = 0;
  std::size_t dirty_count_ = 0;
  std::uint64_t reads_left_ = ~std::uint64_t{0};
  std::uint64_t operation_ = 0;
  bool active_ = false;
};

}  // namespace redoxfs
