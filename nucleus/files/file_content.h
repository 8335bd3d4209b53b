// SPDX-License-Identifier: ISC
#pragma once

// FileContent: the bytes of a regular file. It may begin as a borrowed range (a member of the boot bundle),
// which stays where it is; only blocks that are written get memory of their own. Holes read as zeros.
// Invariant: borrowed_.size() <= size_, and every own block lies below size_ with zeros beyond it.

#include "block_tree.h"

#include <nucleus/address.h>
#include <nucleus/result.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

class FileContent {
 public:
  static constexpr std::uint64_t max_size = BlockTree::capacity << file_block_shift;

  /// `original` must outlive the content.
  explicit FileContent(std::span<const std::byte> original = {})
      : borrowed_{original}, size_{original.size()} {}

  std::uint64_t size() const { return size_; }
  /// Bytes of memory that the content takes beside the boot bundle.
  std::uint64_t own_bytes() const { return blocks_.block_count() << file_block_shift; }

  /// Copies from `offset` on; fewer bytes than asked at the end, 0 beyond it.
  std::size_t read(std::uint64_t offset, std::span<std::byte> to) const;
  /// Writes all of `from`, or as much as there is memory for, growing the file where needed.
  /// Errors, with nothing written: no_space, file_too_large.
  Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> from);
  /// The memory that holds the page at `offset` (page-aligned, below size()), from now on: what is read and
  /// written in the one place shows in the other. The caller gets a reference. A block that is cut off leaves
  /// the file, and its memory to whoever has references. Errors: no_space.
  Result<Frame> lend_page(std::uint64_t offset);
  /// Cuts off, or grows by a hole. Errors: file_too_large.
  Result<> resize(std::uint64_t size);

 private:
  void copy_original(std::uint64_t offset, std::span<std::byte> to) const;
  Result<FileBlock*> own_block(std::uint64_t number);

  std::span<const std::byte> borrowed_;
  std::uint64_t size_;
  BlockTree blocks_;
};

}  // namespace nucleus
