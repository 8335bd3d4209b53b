// SPDX-License-Identifier: ISC
#pragma once

// Extents: a set of blocks, kept as a buddy system: a piece of level n has 2^n blocks and starts at a
// multiple of 2^n. Used for what is free, what a transaction has allocated, and what a check has found in
// use.
//
// Adding what is there, or removing what is not, is an error that changes nothing worth keeping: whoever
// replays a log from the device learns that the log is damaged. The cost of an operation does not depend on
// counts.

#include "core/sorted_set.h"

namespace redoxfs {

struct Extent {
  std::uint64_t index;
  std::uint64_t count;
};

class Extents {
 public:
  explicit Extents(Memory& memory);
  ~Extents();
  Extents(const Extents&) = delete;
  Extents& operator=(const Extents&) = delete;

  /// Blocks in the set.
  std::uint64_t count() const { return count_; }
  /// Pieces: at least the number of separate runs.
  std::size_t pieces() const;

  /// Errors: damaged (a block is in the set already, or beyond 2^50), out_of_memory.
  Result<void> add(Extent extent);
  /// Errors: damaged (a block is not in the set), out_of_memory.
  Result<void> remove(Extent extent);
  /// Whether all of it is in the set.
  bool contains(Extent extent) const;
  /// Whether any of it is in the set.
  bool touches(Extent extent) const;
  /// Removes and returns the lowest aligned block of 2^level from the smallest piece that has room.
  /// Errors: no_space (no piece is that large), out_of_memory.
  Result<std::uint64_t> take(unsigned level);
  /// Whether take(level) would find a piece.
  bool has(unsigned level) const;
  /// The runs in order, as long as possible. Errors: out_of_memory.
  Result<Array<Extent>> runs() const;
  void clear();

 private:
  static constexpr unsigned levels = 50;
  bool contains_piece(std::uint64_t index, unsigned level) const;
  bool touches_piece(std::uint64_t index, unsigned level) const;
  Result<void> add_piece(std::uint64_t index, unsigned level);
  Result<void> remove_piece(std::uint64_t index, unsigned level);

  Memory* memory_;
  SortedSet* sets_;  // one a level; placed in the object
  alignas(SortedSet) unsigned char storage_[levels * sizeof(SortedSet)];
  std::uint64_t count_ = 0;
};

}  // namespace redoxfs
