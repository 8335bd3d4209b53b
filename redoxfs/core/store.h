// SPDX-License-Identifier: ISC
#pragma once

// Store: the blocks of one file system on its device. Deciphers and checks what it reads, enciphers what it
// writes; the block indexes of everything above it are relative to the start of the file system.

#include "core/array.h"
#include "core/format.h"

namespace redoxfs {

/// What reading the header ring has found.
struct RingState {
  Header header;                   ///< the newest valid one
  std::uint64_t start = 0;         ///< block of the device
  bool newest_is_damaged = false;  ///< the slot after `header` holds something that is no header
};

/// Reads the ring. Errors: damaged (no header is valid), io, out_of_memory.
Result<void> read_ring(BlockDevice& device, Memory& memory, RingState& found);

class Store {
 public:
  Store(BlockDevice& device, Services& services)
      : device_{&device}, services_{services}, scratch_{services.memory} {}

  /// `blocks`: of the file system. Errors: out_of_memory, damaged (it is larger than its device).
  Result<void> open(std::uint64_t start, std::uint64_t blocks);
  void use_keys(const SectorKeys& keys) {
    keys_ = keys;
    encrypted_ = true;
  }
  bool encrypted() const { return encrypted_; }
  const SectorKeys& keys() const { return keys_; }
  std::uint64_t blocks() const { return blocks_; }

  /// Whether all of the pointer's blocks lie where data may.
  bool inside(BlockPointer pointer) const {
    return pointer.index() >= first_block && pointer.level() <= largest_level &&
           pointer.index() + blocks_of_level(pointer.level()) <= blocks_;
  }
  /// The stored bytes; `into` has exactly the size of the pointer's level.
  /// Errors: damaged (outside, or the hash is wrong: `into` then holds nothing of use), io.
  Result<void> read(BlockPointer pointer, Bytes into);
  /// Decompresses too. `into` has at least the size of the content's level; what is beyond the content
  /// becomes zero. Errors: as read(), not_supported (no Compression).
  Result<void> read_record(BlockPointer pointer, unsigned record_level, Bytes into);
  /// Whole blocks. Errors: io.
  Result<void> write(std::uint64_t index, ConstBytes from);
  /// Blocks of 4096 bytes each, which lie one after the other on the device. Errors: io.
  Result<void> write_gathered(std::uint64_t index, std::span<const std::byte* const> blocks);
  /// Completes the header's hashes and writes it into its slot. Errors: io.
  Result<void> write_header(Header& header);
  Result<void> barrier() { return device_->barrier(); }

  /// One record's worth of memory for whoever needs it for a moment, not across calls of this class.
  Bytes scratch() { return scratch_.span().last(bytes_of_level(largest_level)); }

 private:
  Bytes bounce() { return scratch_.span().first(bytes_of_level(largest_level)); }
  void encipher(std::uint64_t index, Bytes data);

  BlockDevice* device_;
  Services services_;
  Array<std::byte> scratch_;
  std::uint64_t start_ = 0;
  std::uint64_t blocks_ = 0;
  bool encrypted_ = false;
  SectorKeys keys_;
};

}  // namespace redoxfs
