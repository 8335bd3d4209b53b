// SPDX-License-Identifier: ISC
//
// Content: the pointer tables of a node, L0 to L4, and the indirect blocks below them.
#include <algorithm>
#include <bit>

#include "core/content.h"

namespace redoxfs {

namespace {

struct Place {
  unsigned depth;       ///< indirect blocks above the record
  unsigned pointer;     ///< in Node::pointers
  std::uint64_t below;  ///< the record's number among those below that pointer
};

/// `record` is below most_records.
Place place_of(std::uint64_t record) {
  for (unsigned depth = 0;; depth++) {
    const PointerTable& table = pointer_tables[depth];
    const std::uint64_t all = table.count * table.records_each;
    if (record < all)
      return {depth, table.first + static_cast<unsigned>(record / table.records_each),
              record % table.records_each};
    record -= all;
  }
}

unsigned slot_of(std::uint64_t below, unsigned depth) {
  return static_cast<unsigned>(below >> (8 * (depth - 1)) & 0xFF);
}

}  // namespace

Result<BlockPointer> Content::pointer_of(const Node& node, std::uint64_t record) {
  if (record >= most_records) return Error::file_too_large;
  const Place place = place_of(record);
  BlockPointer pointer = node.pointers[place.pointer];
  for (unsigned depth = place.depth; depth > 0 && !pointer.null(); depth--) {
    Block* block = TRY(blocks_->read(pointer, BlockKind::indirect));
    pointer = block->as<IndirectBlock>().children[slot_of(place.below, depth)];
  }
  return pointer;
}

Result<BlockPointer*> Content::modify_pointer(Block* block, std::uint64_t record) {
  if (record >= most_records) return Error::file_too_large;
  auto& node = block->as<Node>();
  const Place place = place_of(record);
  BlockPointer* pointer = &node.pointers[place.pointer];
  for (unsigned depth = place.depth; depth > 0; depth--) {
    const auto rank = static_cast<std::uint8_t>(depth);
    if (pointer->null()) node.blocks++;
    Block* below = pointer->null() ? TRY(blocks_->create(*pointer, BlockKind::indirect, rank))
                                   : TRY(blocks_->modify(*pointer, BlockKind::indirect, rank));
    pointer = &below->as<IndirectBlock>().children[slot_of(place.below, depth)];
  }
  return pointer;
}

Result<void> Content::cut(Block* block, std::uint64_t record, unsigned until) {
  if (record >= most_records) return Error::damaged;
  const Place place = place_of(record);
  BlockPointer* pointer = &block->as<Node>().pointers[place.pointer];
  for (unsigned depth = place.depth; depth > until && !pointer->null(); depth--) {
    Block* below = TRY(blocks_->modify(*pointer, BlockKind::indirect, static_cast<std::uint8_t>(depth)));
    pointer = &below->as<IndirectBlock>().children[slot_of(place.below, depth)];
  }
  *pointer = {};
  return {};
}

Result<void> Content::release_pointer(BlockPointer& pointer, Node& node) {
  const std::uint64_t count = blocks_of_level(pointer.level());
  if (!store_->inside(pointer)) return Error::damaged;
  TRY(space_->release(pointer.index(), count));
  node.blocks -= std::min<std::uint64_t>(+node.blocks, count);
  pointer = {};
  return {};
}

/// Releases the records [from, to) of those below `pointer`; whether nothing is left below it.
Result<bool> Content::release_below(BlockPointer& pointer, unsigned depth, std::uint64_t from,
                                    std::uint64_t to, Node& node) {
  if (pointer.null()) return true;
  if (depth == 0) {
    TRY(release_pointer(pointer, node));
    return true;
  }
  const std::uint64_t each = std::uint64_t{1} << (8 * (depth - 1));
  Block* block = TRY(blocks_->read(pointer, BlockKind::indirect));
  const bool all = from == 0 && to >= each * indirect_fanout;
  // Where all goes, the block goes too, and need not be copied first: its pointers are only read.
  if (!all) block = TRY(blocks_->modify(pointer, BlockKind::indirect, static_cast<std::uint8_t>(depth)));
  auto& children = block->as<IndirectBlock>().children;
  for (std::uint64_t i = from / each; i < indirect_fanout && i * each < to; i++) {
    BlockPointer copy = children[i];
    BlockPointer& child = all ? copy : children[i];
    const std::uint64_t first = from > i * each ? from - i * each : 0;
    TRY(release_below(child, depth - 1, first, std::min(each, to - i * each), node));
  }
  if (!all)
    for (const auto& child : children)
      if (!child.null()) return false;
  TRY(blocks_->drop(pointer));
  node.blocks -= std::min<std::uint64_t>(+node.blocks, 1);
  pointer = {};
  return true;
}

Result<void> Content::release_records(Block* block, std::uint64_t from, std::uint64_t to) {
  auto& node = block->as<Node>();
  std::uint64_t base = 0;
  for (unsigned depth = 0; depth < 5; depth++) {
    const PointerTable& table = pointer_tables[depth];
    for (unsigned i = 0; i < table.count; i++, base += table.records_each) {
      if (base + table.records_each <= from || base >= to) continue;
      const std::uint64_t first = from > base ? from - base : 0;
      TRY(release_below(node.pointers[table.first + i], depth, first, std::min(table.records_each, to - base),
                        node));
    }
  }
  return {};
}

/// The first record at or after `from` below the pointer that is not null; 256^depth when there is none.
Result<std::uint64_t> Content::next_below(BlockPointer pointer, unsigned depth, std::uint64_t from) {
  const std::uint64_t all = std::uint64_t{1} << (8 * depth);
  if (pointer.null()) return all;
  if (depth == 0) return from;
  const std::uint64_t each = all / indirect_fanout;
  const Block* block = TRY(blocks_->read(pointer, BlockKind::indirect));
  for (std::uint64_t i = from / each; i < indirect_fanout; i++) {
    const std::uint64_t first = from > i * each ? from - i * each : 0;
    const std::uint64_t found = TRY(next_below(block->as<IndirectBlock>().children[i], depth - 1, first));
    if (found < each) return i * each + found;
  }
  return all;
}

Result<std::uint64_t> Content::next_record(const Node& node, std::uint64_t record) {
  std::uint64_t base = 0;
  for (unsigned depth = 0; depth < 5; depth++) {
    const PointerTable& table = pointer_tables[depth];
    for (unsigned i = 0; i < table.count; i++, base += table.records_each) {
      if (base + table.records_each <= record) continue;
      const std::uint64_t first = record > base ? record - base : 0;
      const std::uint64_t found = TRY(next_below(node.pointers[table.first + i], depth, first));
      if (found < table.records_each) return base + found;
    }
  }
  return most_records;
}

}  // namespace redoxfs
