// SPDX-License-Identifier: ISC
//
// Content: the records in memory, and their way to the device.
#include <algorithm>
#include <cstring>

#include "core/content.h"
#include "core/seahash.h"

namespace redoxfs {

namespace {

bool all_zero(ConstBytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{}; });
}

}  // namespace

Content::~Content() {
  while (clean_.oldest) destroy(clean_.oldest);
  while (dirty_.oldest) destroy(dirty_.oldest);
}

void Content::enlist(Record* record) {
  Order& order = order_of(*record);
  record->older = order.newest;
  record->newer = nullptr;
  (order.newest ? order.newest->newer : order.oldest) = record;
  order.newest = record;
  (record->dirty ? dirty_bytes_ : clean_bytes_) += record->capacity;
}

void Content::delist(Record* record) {
  Order& order = order_of(*record);
  (record->newer ? record->newer->older : order.newest) = record->older;
  (record->older ? record->older->newer : order.oldest) = record->newer;
  (record->dirty ? dirty_bytes_ : clean_bytes_) -= record->capacity;
}

Content::Record* Content::find(NodeId id, std::uint64_t number) {
  Record** found = map_.find(key_of(id, number));
  for (Record* record = found ? *found : nullptr; record; record = record->chain)
    if (record->node == id && record->number == number) return record;
  return nullptr;
}

void Content::destroy(Record* record) {
  delist(record);
  const std::uint64_t key = key_of(record->node, record->number);
  Record** head = map_.find(key);
  if (*head == record && !record->chain) {
    map_.erase(key);
  } else {
    Record** at = head;
    while (*at != record) at = &(*at)->chain;
    *at = record->chain;
  }
  services_.memory.release(record->data, record->capacity);
  services_.memory.release(record, sizeof(Record));
}

/// A clean record of zero bytes.
Result<Content::Record*> Content::make(NodeId id, std::uint64_t number, std::size_t capacity) {
  auto* record = static_cast<Record*>(services_.memory.allocate(sizeof(Record)));
  if (!record) return Error::out_of_memory;
  auto* data = static_cast<std::byte*>(services_.memory.allocate(capacity));
  if (!data) {
    services_.memory.release(record, sizeof(Record));
    return Error::out_of_memory;
  }
  std::memset(data, 0, capacity);
  *record = Record{.node = id, .number = number, .capacity = capacity, .data = data, .operation = operation_};
  const std::uint64_t key = key_of(id, number);
  if (Record** head = map_.find(key)) {
    record->chain = *head;
    *head = record;
  } else if (const auto added = map_.insert(key, record); !added.ok()) {
    services_.memory.release(data, capacity);
    services_.memory.release(record, sizeof(Record));
    return added.error();
  }
  enlist(record);
  return record;
}

Result<Content::Record*> Content::load(NodeId id, const Node& node, std::uint64_t number) {
  const std::size_t whole = bytes_of_level(node.record_level);
  const std::uint64_t start = number * whole;
  const auto length = static_cast<std::size_t>(
      std::min<std::uint64_t>(whole, node.size - std::min<std::uint64_t>(start, +node.size)));
  const BlockPointer pointer = TRY(pointer_of(node, number));
  Record* record = TRY(make(id, number, bytes_of_level(level_for(length))));
  if (pointer.null()) return record;
  // By way of the scratch memory, for what is stored may be longer than what the file has of it.
  const Bytes scratch = store_->scratch().first(whole);
  if (const auto done = store_->read_record(pointer, node.record_level, scratch); !done.ok()) {
    destroy(record);
    return done.error();
  }
  std::memcpy(record->data, scratch.data(), length);
  record->stale_tail = !all_zero(scratch.subspan(length));
  return record;
}

Result<void> Content::widen(Record* record, std::size_t capacity) {
  if (capacity <= record->capacity) return {};
  auto* data = static_cast<std::byte*>(services_.memory.allocate(capacity));
  if (!data) return Error::out_of_memory;
  std::memcpy(data, record->data, record->capacity);
  std::memset(data + record->capacity, 0, capacity - record->capacity);
  services_.memory.release(record->data, record->capacity);
  (record->dirty ? dirty_bytes_ : clean_bytes_) += capacity - record->capacity;
  record->data = data;
  record->capacity = capacity;
  return {};
}

void Content::set_dirty(Record* record) {
  if (record->dirty) return;
  delist(record);
  record->dirty = true;
  record->operation = operation_;
  enlist(record);
}

void Content::roll_back() {
  // Clean ones too: what was to be overwritten as a whole has not been read.
  for (Order* order : {&clean_, &dirty_})
    while (order->newest && order->newest->operation == operation_) destroy(order->newest);
}

void Content::forget(NodeId id, std::uint64_t from_record) {
  for (Order* order : {&clean_, &dirty_})
    for (Record *at = order->oldest, *next; at; at = next) {
      next = at->newer;
      if (at->node == id && at->number >= from_record) destroy(at);
    }
}

void Content::trim(std::size_t clean_bytes) {
  while (clean_bytes_ > clean_bytes) destroy(clean_.oldest);
}

/// The pointer to a dirty record. Everything on the way to it was modified with it, so it is in memory.
BlockPointer& Content::dirty_pointer(const Record& record, Node*& node) {
  Block* block = tree_->read(record.node).take();
  node = &block->as<Node>();
  return *modify_pointer(block, record.number).take();
}

Result<void> Content::write_record(Record* record) {
  Node* node;
  BlockPointer& pointer = dirty_pointer(*record, node);
  const unsigned level = pointer.level();
  ConstBytes stored(record->data, bytes_of_level(level));
  BlockPointer written = BlockPointer::at(pointer.index(), level);
  if (all_zero(stored)) {
    space_->give_back(pointer.index(), blocks_of_level(level));
    node->blocks -= blocks_of_level(level);
    pointer = {};
    return {};
  }
  if (level > 0 && services_.compression) {
    const Bytes scratch = store_->scratch();
    const std::size_t room = std::min(largest_lz4, bytes_of_level(level - 1) - 2);
    const std::size_t size = services_.compression->compress(stored, scratch.subspan(2, room));
    if (size > 0) {
      const auto length = static_cast<std::uint16_t>(size);
      std::memcpy(scratch.data(), &length, sizeof length);
      const unsigned smaller = level_for(size + sizeof length);
      stored = scratch.first(bytes_of_level(smaller));
      std::memset(scratch.data() + 2 + size, 0, stored.size() - 2 - size);
      written = BlockPointer::at(pointer.index(), smaller, level);
    }
  }
  written.hash = seahash(stored);
  TRY(store_->write(pointer.index(), stored));
  space_->shrink(pointer.index(), level, written.level());
  node->blocks -= blocks_of_level(level) - blocks_of_level(written.level());
  pointer = written;
  return {};
}

Result<void> Content::flush(std::size_t keep_bytes) {
  while (dirty_bytes_ > keep_bytes) {
    Record* record = dirty_.oldest;
    TRY(write_record(record));
    delist(record);
    record->dirty = false;
    enlist(record);
  }
  return {};
}

}  // namespace redoxfs
