// SPDX-License-Identifier: ISC
#pragma once

// Content: what files hold: the pointer tables of nodes, and the records that they point to.
//
// A record that is written stays in memory until flush(), with room for it allocated on the device, so that
// running out of space is known at once and neighbouring writes become one. Flushing compresses it and gives
// back what that saves. Functions that take a node's block get one that the operation may modify, where they
// change it.

#include "core/tree.h"

namespace redoxfs {

class Content {
 public:
  Content(Services& services, Store& store, Space& space, Blocks& blocks, Tree& tree)
      : services_{services},
        store_{&store},
        space_{&space},
        blocks_{&blocks},
        tree_{&tree},
        map_{services.memory} {}
  ~Content();

  /// Copies what the file has from `offset` on; returns how much, less than asked for only at the end.
  /// Errors: damaged, io, out_of_memory, not_supported.
  Result<std::size_t> read(NodeId id, std::uint64_t offset, Bytes into);
  /// Writes up to the end of one record and returns how much that was. The file grows as needed; the caller
  /// sets the times. Errors: no_space, file_too_large, and as read().
  Result<std::size_t> write(NodeId id, Block* block, std::uint64_t offset, ConstBytes from);
  /// Sets the size; what is cut off is released, and is zero when the file grows again. Errors: as write().
  Result<void> resize(NodeId id, Block* block, std::uint64_t size);
  /// Makes [from, to) zero, and releases the records that lie in it. Errors: as write().
  Result<void> punch(NodeId id, Block* block, std::uint64_t from, std::uint64_t to);
  /// Releases all records. Errors: damaged, io, out_of_memory.
  Result<void> release_all(NodeId id, Block* block);

  /// An operation starts. No data of a record changes before all that can fail has succeeded, so all that
  /// roll_back() has to do is to forget the records that became dirty in vain.
  void begin() { operation_++; }
  void roll_back();

  /// For repair: forgets the pointer that leads to `record` through `depth` further indirect blocks, without
  /// releasing anything. Errors: as write().
  Result<void> cut(Block* block, std::uint64_t record, unsigned depth);

  /// The pointer to a record, null for a hole. Errors: damaged, io, out_of_memory.
  Result<BlockPointer> pointer_of(const Node& node, std::uint64_t record);
  /// The first record at or after `record` that is not a hole, or most_records. Errors: as pointer_of().
  Result<std::uint64_t> next_record(const Node& node, std::uint64_t record);

  /// Writes dirty records until at most `keep_bytes` of them are left. Not within an operation. Errors: io.
  Result<void> flush(std::size_t keep_bytes);
  std::size_t dirty_bytes() const { return dirty_bytes_; }
  /// Drops the records of the node, dirty ones too: after release_all() has succeeded for good.
  void forget(NodeId id, std::uint64_t from_record = 0);
  void trim(std::size_t clean_bytes);

 private:
  struct Record {
    NodeId node;
    std::uint64_t number;
    std::size_t capacity;
    std::byte* data;
    bool dirty;
    bool stale_tail;          // the device has other than zero bytes behind the end of the file
    std::uint64_t operation;  // that brought it into memory, or made it dirty
    Record* chain;            // of the same key in map_
    Record* newer;
    Record* older;
  };
  struct Order {  // of use for clean records, of writing for dirty ones
    Record* newest = nullptr;
    Record* oldest = nullptr;
  };
  static std::uint64_t key_of(NodeId id, std::uint64_t number) { return std::uint64_t{id} << 32 ^ number; }
  Order& order_of(const Record& record) { return record.dirty ? dirty_ : clean_; }
  void enlist(Record* record);
  void delist(Record* record);
  void destroy(Record* record);
  Record* find(NodeId id, std::uint64_t number);
  Result<Record*> make(NodeId id, std::uint64_t number, std::size_t capacity);
  /// The record in memory; bytes past the end of the file are zero.
  Result<Record*> load(NodeId id, const Node& node, std::uint64_t number);
  Result<void> widen(Record* record, std::size_t capacity);
  Result<BlockPointer*> modify_pointer(Block* node, std::uint64_t record);
  Result<void> release_records(Block* node, std::uint64_t from, std::uint64_t to);
  Result<bool> release_below(BlockPointer& pointer, unsigned depth, std::uint64_t from, std::uint64_t to,
                             Node& node);
  Result<void> release_pointer(BlockPointer& pointer, Node& node);
  Result<std::uint64_t> next_below(BlockPointer pointer, unsigned depth, std::uint64_t from);
  Result<void> to_records(NodeId id, Block* block);
  Result<void> clear_tail(NodeId id, Block* block, std::uint64_t size);
  Result<Record*> edge(NodeId id, Block* block, std::uint64_t offset);
  /// Room on the device for `length` bytes of a record that is about to become dirty.
  Result<void> allocate(Block* block, Record* record, std::size_t length);
  Result<void> write_record(Record* record);
  BlockPointer& dirty_pointer(const Record& record, Node*& node);
  void set_dirty(Record* record);

  Services services_;
  Store* store_;
  Space* space_;
  Blocks* blocks_;
  Tree* tree_;
  Map<Record*> map_;
  Order clean_, dirty_;
  std::uint64_t operation_ = 0;
  std::size_t clean_bytes_ = 0;
  std::size_t dirty_bytes_ = 0;
};

}  // namespace redoxfs
