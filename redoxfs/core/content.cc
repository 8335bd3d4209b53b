// SPDX-License-Identifier: ISC
#include "core/content.h"

#include <algorithm>
#include <cstring>

namespace redoxfs {

namespace {

std::size_t record_bytes(const Node& node) {
  return bytes_of_level(node.record_level);
}

/// How many bytes of a record lie within a file of `size` bytes.
std::size_t length_within(const Node& node, std::uint64_t number, std::uint64_t size) {
  const std::uint64_t start = number * record_bytes(node);
  return start >= size ? 0
                       : static_cast<std::size_t>(std::min<std::uint64_t>(size - start, record_bytes(node)));
}

}  // namespace

Result<std::size_t> Content::read(NodeId id, std::uint64_t offset, Bytes into) {
  const Block* block = TRY(tree_->read(id));
  const auto& node = block->as<Node>();
  if (offset >= node.size) return std::size_t{0};
  into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), node.size - offset)));
  if (node.is_inline()) {
    std::memcpy(into.data(), node.content() + offset, into.size());
    return into.size();
  }
  std::size_t done = 0;
  while (done < into.size()) {
    const std::uint64_t at = offset + done;
    const std::uint64_t number = at / record_bytes(node);
    const auto within = static_cast<std::size_t>(at % record_bytes(node));
    const std::size_t size = std::min(into.size() - done, record_bytes(node) - within);
    const Bytes part = into.subspan(done, size);
    done += size;
    const Record* record = find(id, number);
    if (!record) {
      const BlockPointer pointer = TRY(pointer_of(node, number));
      if (pointer.null()) {
        std::memset(part.data(), 0, size);
        continue;
      }
      // Whoever reads whole records has no use for a copy of them here.
      if (within == 0 && size == record_bytes(node)) {
        TRY(store_->read_record(pointer, node.record_level, part));
        continue;
      }
      record = TRY(load(id, node, number));
    }
    const std::size_t stored = record->capacity > within ? std::min(size, record->capacity - within) : 0;
    if (stored > 0) std::memcpy(part.data(), record->data + within, stored);
    std::memset(part.data() + stored, 0, size - stored);
  }
  return into.size();
}

Result<void> Content::allocate(Block* block, Record* record, std::size_t length) {
  auto& node = block->as<Node>();
  const unsigned level = level_for(length);
  BlockPointer* pointer = TRY(modify_pointer(block, record->number));
  if (!pointer->null()) {
    // What a dirty record has on the device is its own, not yet written, and may do.
    if (record->dirty && pointer->level() == level && pointer->decompressed_level() == 0) return {};
    TRY(release_pointer(*pointer, node));
  }
  *pointer = BlockPointer::at(TRY(space_->allocate(level)), level);
  node.blocks += blocks_of_level(level);
  return {};
}

/// Turns what is inline into record 0.
Result<void> Content::to_records(NodeId id, Block* block) {
  auto& node = block->as<Node>();
  std::byte content[content_bytes];
  const auto size = static_cast<std::size_t>(node.size);
  std::memcpy(content, node.content(), sizeof content);
  std::memset(node.content(), 0, content_bytes);
  node.flags &= ~flag_inline;
  node.record_level = 0;
  if (node.is(kind_file)) {
    // Where no long run of blocks is left, a new file makes do with short ones.
    node.record_level = largest_level;
    while (node.record_level > 0 && !space_->can_allocate(node.record_level)) node.record_level--;
  }
  if (size == 0) return {};
  forget(id);
  Record* record = TRY(make(id, 0, block_size));
  TRY(allocate(block, record, size));
  std::memcpy(record->data, content, size);
  set_dirty(record);
  return {};
}

Result<std::size_t> Content::write(NodeId id, Block* block, std::uint64_t offset, ConstBytes from) {
  auto& node = block->as<Node>();
  if (offset >= std::uint64_t{1} << 62) return Error::file_too_large;
  if (node.is_inline()) {
    const std::uint64_t size = std::max<std::uint64_t>(+node.size, offset + from.size());
    if (size <= largest_inline) {
      const auto old = static_cast<std::size_t>(node.size);
      std::memset(node.content() + old, 0, content_bytes - old);
      std::memcpy(node.content() + offset, from.data(), from.size());
      node.size = size;
      return from.size();
    }
    TRY(to_records(id, block));
  }
  const std::uint64_t number = offset / record_bytes(node);
  const auto within = static_cast<std::size_t>(offset % record_bytes(node));
  from = from.first(std::min(from.size(), record_bytes(node) - within));
  const std::uint64_t size = std::max<std::uint64_t>(+node.size, offset + from.size());
  if (size > node.size) TRY(resize(id, block, size));
  const std::size_t length = length_within(node, number, size);
  Record* record = find(id, number);
  if (!record) {
    const bool covers = within == 0 && from.size() == length;
    record = covers ? TRY(make(id, number, bytes_of_level(level_for(length)))) : TRY(load(id, node, number));
  }
  TRY(widen(record, bytes_of_level(level_for(length))));
  TRY(allocate(block, record, length));
  std::memcpy(record->data + within, from.data(), from.size());
  set_dirty(record);
  return from.size();
}

/// Makes what lies behind `size` in its record zero, on the device too.
Result<void> Content::clear_tail(NodeId id, Block* block, std::uint64_t size) {
  auto& node = block->as<Node>();
  const std::uint64_t number = size / record_bytes(node);
  const auto kept = static_cast<std::size_t>(size % record_bytes(node));
  if (kept == 0 || TRY(pointer_of(node, number)).null()) return {};
  Record* tail = find(id, number);
  if (!tail) tail = TRY(load(id, node, number));
  if (size >= node.size && !tail->stale_tail) return {};
  TRY(widen(tail, bytes_of_level(level_for(kept))));
  TRY(allocate(block, tail, kept));
  std::memset(tail->data + kept, 0, tail->capacity - kept);
  tail->stale_tail = false;
  set_dirty(tail);
  return {};
}

Result<void> Content::resize(NodeId id, Block* block, std::uint64_t size) {
  auto& node = block->as<Node>();
  if (size == node.size) return {};
  if (size >= std::uint64_t{1} << 62) return Error::file_too_large;
  if (node.is_inline()) {
    if (size <= largest_inline) {
      // Also what others may have left behind the end.
      const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(size, +node.size));
      std::memset(node.content() + from, 0, content_bytes - from);
      node.size = size;
      return {};
    }
    TRY(to_records(id, block));
  }
  const std::size_t record = record_bytes(node);
  if (size > most_records * record) return Error::file_too_large;
  // When growing too: what lies past the old end is no part of the file, whoever left it there.
  const std::uint64_t last = std::min<std::uint64_t>(size, +node.size);
  const std::uint64_t whole = (last + record - 1) / record;
  if (size < node.size || TRY(next_record(node, whole)) < most_records)
    TRY(release_records(block, whole, most_records));
  TRY(clear_tail(id, block, last));
  if (size < node.size) forget(id, whole);
  node.size = size;
  if (size == 0) node.flags |= flag_inline;  // nothing but null pointers is left, which is empty content
  return {};
}

/// The record around `offset`, ready to be changed; null where it is a hole.
Result<Content::Record*> Content::edge(NodeId id, Block* block, std::uint64_t offset) {
  auto& node = block->as<Node>();
  const std::uint64_t number = offset / record_bytes(node);
  if (TRY(pointer_of(node, number)).null()) return nullptr;
  Record* record = find(id, number);
  if (!record) record = TRY(load(id, node, number));
  const std::size_t length = length_within(node, number, node.size);
  TRY(widen(record, bytes_of_level(level_for(length))));
  TRY(allocate(block, record, length));
  return record;
}

Result<void> Content::punch(NodeId id, Block* block, std::uint64_t from, std::uint64_t to) {
  auto& node = block->as<Node>();
  to = std::min<std::uint64_t>(to, +node.size);
  if (from >= to) return {};
  if (node.is_inline()) {
    std::memset(node.content() + from, 0, static_cast<std::size_t>(to - from));
    return {};
  }
  const std::size_t record = record_bytes(node);
  const auto blank = [&](Record* edge, std::uint64_t start, std::uint64_t end) {
    if (!edge) return;
    std::memset(edge->data + start % record, 0, static_cast<std::size_t>(end - start));
    set_dirty(edge);
  };
  // The last record is whole in the hole when nothing of the file is left of it.
  const std::uint64_t first_whole = (from + record - 1) / record;
  const std::uint64_t end_whole = to == node.size ? (to + record - 1) / record : to / record;
  if (first_whole > end_whole) {
    blank(TRY(edge(id, block, from)), from, to);
    return {};
  }
  const bool left = from < first_whole * record;
  const bool right = end_whole * record < to;
  Record* const left_edge = left ? TRY(edge(id, block, from)) : nullptr;
  Record* const right_edge = right ? TRY(edge(id, block, to)) : nullptr;
  if (first_whole < end_whole) TRY(release_records(block, first_whole, end_whole));
  blank(left_edge, from, std::min(first_whole * record, to));
  blank(right_edge, end_whole * record, to);
  for (Order* order : {&clean_, &dirty_})
    for (Record *at = order->oldest, *next; at; at = next) {
      next = at->newer;
      if (at->node == id && at->number >= first_whole && at->number < end_whole) destroy(at);
    }
  return {};
}

Result<void> Content::release_all(NodeId, Block* block) {
  auto& node = block->as<Node>();
  if (node.is_inline()) return {};
  return release_records(block, 0, most_records);
}

}  // namespace redoxfs
