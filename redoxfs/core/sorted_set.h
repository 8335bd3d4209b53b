// SPDX-License-Identifier: ISC
#pragma once

// SortedSet: 64-bit numbers in order, in chunks of up to 512 that a sorted directory lists. Every operation
// moves at most one chunk, and rarely the directory.

#include "core/array.h"

namespace redoxfs {

class SortedSet {
 public:
  explicit SortedSet(Memory& memory) : memory_{&memory}, chunks_{memory} {}
  SortedSet(SortedSet&&) noexcept = default;
  ~SortedSet();

  std::size_t size() const { return size_; }
  bool contains(std::uint64_t value) const;
  /// The least member that is at least `value`, if any.
  bool at_least(std::uint64_t value, std::uint64_t& found) const;
  /// Adds what is not there yet. Errors: out_of_memory; then nothing changed.
  Result<void> insert(std::uint64_t value);
  /// Whether it was there.
  bool erase(std::uint64_t value);
  void clear();

  template <typename Visit>
  void each(Visit visit) const {
    for (const Chunk* chunk : chunks_)
      for (unsigned i = 0; i < chunk->count; i++) visit(chunk->values[i]);
  }

 private:
  struct Chunk {
    std::uint64_t values[511];
    std::uint64_t count;
  };
  /// The chunk that holds `value`, or would.
  std::size_t chunk_for(std::uint64_t value) const;
  static unsigned place_in(const Chunk& chunk, std::uint64_t value);
  Result<void> split(std::size_t at);

  Memory* memory_;
  Array<Chunk*> chunks_;  // none is empty
  std::size_t size_ = 0;
};

}  // namespace redoxfs
