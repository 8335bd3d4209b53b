// SPDX-License-Identifier: ISC
#pragma once

// Log: the allocator log on the device, a chain of changes from which the set of free blocks follows.

#include "core/space.h"
#include "core/store.h"

namespace redoxfs {

class Log {
 public:
  Log(Memory& memory, Store& store) : memory_{&memory}, store_{&store}, chain_{memory} {}

  /// Reads the chain and replays it into `available`. Errors: damaged, io, out_of_memory.
  Result<void> replay(BlockPointer newest, Extents& available);
  /// The log of a file system that is to be, or whose log is lost: nothing yet.
  void start_over() {
    chain_.clear();
    head_ = {};
    head_count_ = 0;
  }

  /// What write() has made.
  struct Written {
    explicit Written(Memory& memory) : chain{memory}, blocks{memory} {}
    BlockPointer newest;
    Array<std::uint64_t> chain;
    Array<LogBlock> blocks;
    std::size_t head_count = 0;
  };
  /// Allocates and writes the log that tells of what `space` has allocated and released, including the log's
  /// own blocks. Within an operation of `space`. Errors: no_space, io, out_of_memory.
  Result<Written> write(Space& space, std::uint64_t generation);
  /// The header that points to it is durable.
  void committed(Written& written);

  /// The blocks of the chain, oldest first.
  const Array<std::uint64_t>& chain() const { return chain_; }

 private:
  Result<bool> squash(Space& space, Written& written);
  Result<void> append(Space& space, Written& written);
  Result<void> store(Written& written, std::span<const LogEntry> entries, BlockPointer previous);

  Memory* memory_;
  Store* store_;
  Array<std::uint64_t> chain_;  // oldest first
  LogBlock head_{};             // the newest block
  std::size_t head_count_ = 0;  // entries in it
};

}  // namespace redoxfs
