// SPDX-License-Identifier: ISC
#pragma once

// BlockTree: the blocks of one file that have been written, by number, in a three-level radix tree. What was
// never written takes no memory, however long the file says it is.

#include <nucleus/address.h>
#include <nucleus/result.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace nucleus {

inline constexpr unsigned file_block_shift = 12;
inline constexpr std::size_t file_block_size = std::size_t{1} << file_block_shift;

/// One frame of memory, which the program may have mapped: references to the frame keep it.
struct FileBlock {
  std::array<std::byte, file_block_size> bytes;
};
static_assert(sizeof(FileBlock) == page_size);

Frame frame_of(const FileBlock& block);

class BlockTree {
 public:
  static constexpr unsigned bits = 9;
  static constexpr unsigned levels = 3;
  /// Block numbers are below this.
  static constexpr std::uint64_t capacity = std::uint64_t{1} << (bits * levels);

  BlockTree() = default;
  BlockTree(const BlockTree&) = delete;
  BlockTree& operator=(const BlockTree&) = delete;
  ~BlockTree() { drop_from(0); }

  /// The block, or null if it has not been written.
  FileBlock* find(std::uint64_t number) const;
  /// The block; `fresh` tells whether it was made now, with undefined content.
  /// Errors: no_space (no memory); then nothing changed but tables.
  Result<FileBlock*> find_or_make(std::uint64_t number, bool& fresh);
  /// Frees the blocks numbered `first` and above.
  void drop_from(std::uint64_t first);
  /// Number of blocks that take memory.
  std::uint64_t block_count() const { return block_count_; }

 private:
  struct Table;
  static unsigned index(std::uint64_t number, unsigned level) {
    return static_cast<unsigned>(number >> (bits * level)) & ((1U << bits) - 1);
  }
  bool prune(Table& table, unsigned level, std::uint64_t base, std::uint64_t first);

  Table* root_ = nullptr;
  std::uint64_t block_count_ = 0;
};

}  // namespace nucleus
