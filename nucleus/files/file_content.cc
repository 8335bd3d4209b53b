// SPDX-License-Identifier: ISC

#include "file_content.h"

#include <nucleus/frames.h>

#include <algorithm>
#include <cstring>

namespace nucleus {
namespace {

/// The part of [offset, offset + length) that lies in the block of `offset`.
struct Piece {
  std::uint64_t block;
  std::size_t start;
  std::size_t length;
};

Piece first_piece(std::uint64_t offset, std::size_t length) {
  const std::size_t start = offset & (file_block_size - 1);
  return {offset >> file_block_shift, start, std::min(length, file_block_size - start)};
}

}  // namespace

/// What stood at `offset` before anything was written: borrowed bytes, zeros beyond them.
void FileContent::copy_original(std::uint64_t offset, std::span<std::byte> to) const {
  std::size_t borrowed = 0;
  if (offset < borrowed_.size()) {
    borrowed = std::min<std::uint64_t>(to.size(), borrowed_.size() - offset);
    std::memcpy(to.data(), borrowed_.data() + offset, borrowed);
  }
  std::fill(to.begin() + static_cast<std::ptrdiff_t>(borrowed), to.end(), std::byte{0});
}

std::size_t FileContent::read(std::uint64_t offset, std::span<std::byte> to) const {
  if (offset >= size_) return 0;
  const std::size_t total = std::min<std::uint64_t>(to.size(), size_ - offset);
  std::size_t done = 0;
  while (done < total) {
    const Piece piece = first_piece(offset + done, total - done);
    const auto target = to.subspan(done, piece.length);
    if (const FileBlock* block = blocks_.find(piece.block)) {
      std::memcpy(target.data(), block->bytes.data() + piece.start, piece.length);
    } else {
      copy_original(offset + done, target);
    }
    done += piece.length;
  }
  return total;
}

Result<FileBlock*> FileContent::own_block(std::uint64_t number) {
  bool fresh = false;
  FileBlock* block = TRY(blocks_.find_or_make(number, fresh));
  if (fresh) copy_original(number << file_block_shift, block->bytes);
  return block;
}

Result<std::size_t> FileContent::write(std::uint64_t offset, std::span<const std::byte> from) {
  if (from.empty()) return std::size_t{0};
  if (offset >= max_size) return Error::file_too_large;
  const std::size_t total = std::min<std::uint64_t>(from.size(), max_size - offset);
  std::size_t done = 0;
  while (done < total) {
    const Piece piece = first_piece(offset + done, total - done);
    auto block = own_block(piece.block);
    if (!block.ok()) {
      if (done == 0) return block.error();
      break;
    }
    std::memcpy(block.value()->bytes.data() + piece.start, from.data() + done, piece.length);
    done += piece.length;
    size_ = std::max(size_, offset + done);
  }
  return done;
}

Result<Frame> FileContent::lend_page(std::uint64_t offset) {
  const Frame frame = frame_of(*TRY(own_block(offset >> file_block_shift)));
  reference_frames(frame);
  return frame;
}

Result<> FileContent::resize(std::uint64_t size) {
  if (size > max_size) return Error::file_too_large;
  if (size < size_) {
    borrowed_ = borrowed_.first(std::min<std::uint64_t>(size, borrowed_.size()));
    blocks_.drop_from((size + file_block_size - 1) >> file_block_shift);
    // What is cut off must read as zeros if the file grows again.
    const std::size_t kept = size & (file_block_size - 1);
    FileBlock* last = kept ? blocks_.find(size >> file_block_shift) : nullptr;
    if (last)
      std::fill(last->bytes.begin() + static_cast<std::ptrdiff_t>(kept), last->bytes.end(), std::byte{0});
  }
  size_ = size;
  return {};
}

}  // namespace nucleus
