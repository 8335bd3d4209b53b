// SPDX-License-Identifier: ISC
#include "core/directory.h"

#include <algorithm>
#include <cstring>

namespace redoxfs {

namespace {

BlockKind kind_at(unsigned depth) {
  return depth == 0 ? BlockKind::entries : BlockKind::hash_tree;
}

unsigned count_of(const HashBlock& block) {
  unsigned count = 0;
  while (count < hash_fanout && !block.entries[count].child.null()) count++;
  return count;
}

void clear(HashEntry* from, HashEntry* to) {
  for (; from != to; from++) *from = {hash_of_null, {}};
}

std::uint32_t greatest_of(const EntryList& list) {
  std::uint32_t greatest = 0;
  each_entry(list, [&](std::size_t, NodeId, std::string_view name) {
    greatest = std::max(greatest, hash_of_name(name));
    return true;
  });
  return greatest;
}

void append(EntryList& list, std::string_view name, NodeId id) {
  std::byte* at = list.entries + list.used;
  std::memcpy(at, &id, 4);
  at[4] = static_cast<std::byte>(name.size());
  std::memcpy(at + 5, name.data(), name.size());
  list.used = static_cast<std::uint16_t>(list.used + 5 + name.size());
  list.count++;
}

/// The place of a name in a list; `entry_bytes` when it is not there.
std::size_t place_of(const EntryList& list, std::string_view name, NodeId& id) {
  std::size_t place = entry_bytes;
  each_entry(list, [&](std::size_t at, NodeId found, std::string_view other) {
    if (other != name) return true;
    place = at;
    id = found;
    return false;
  });
  return place;
}

void count_block(Node& node, int change) {
  node.size += static_cast<std::uint64_t>(std::int64_t{change} * static_cast<std::int64_t>(block_size));
  node.blocks += static_cast<std::uint64_t>(std::int64_t{change});
}

}  // namespace

Result<void> Directory::initialize(Block* block) {
  auto& node = block->as<Node>();
  node.pointers[0] = {.address = directory_marker, .hash = ~std::uint64_t{0}};
  TRY(blocks_->create(node.pointers[1], BlockKind::entries, 0));
  node.size = block_size;
  node.blocks = 2;
  return {};
}

/// Finds a name below the pointer; `path` then has the slots of the way, from path.depth - depth on.
Result<bool> Directory::find_below(BlockPointer pointer, unsigned depth, std::uint32_t hash,
                                   std::string_view name, Path& path, NodeId& id) {
  if (pointer.null()) return false;
  const Block* block = TRY(blocks_->read(pointer, kind_at(depth)));
  if (depth == 0) return place_of(block->as<EntryList>(), name, id) != entry_bytes;
  const auto& entries = block->as<HashBlock>().entries;
  const unsigned count = count_of(block->as<HashBlock>());
  for (unsigned i = 0; i < count; i++) {
    if (entries[i].greatest < hash) continue;
    path.slots[path.depth - depth] = i;
    if (TRY(find_below(entries[i].child, depth - 1, hash, name, path, id))) return true;
    if (entries[i].greatest > hash) break;  // equal hashes may go on in the neighbour
  }
  return false;
}

Result<NodeId> Directory::find(const Node& node, std::string_view name) {
  Path path{.depth = depth_of(node)};
  NodeId id;
  if (TRY(find_below(node.pointers[1], path.depth, hash_of_name(name), name, path, id))) return id;
  return Error::not_found;
}

/// Makes the blocks of a path, whose slots are known, ready to be changed.
Result<void> Directory::modify_path(Block* block, Path& path) {
  BlockPointer* pointer = &block->as<Node>().pointers[1];
  for (unsigned i = 0; i < path.depth; i++) {
    path.blocks[i] =
        TRY(blocks_->modify(*pointer, BlockKind::hash_tree, static_cast<std::uint8_t>(path.depth - i)));
    pointer = &path.blocks[i]->as<HashBlock>().entries[path.slots[i]].child;
  }
  if (pointer->null()) {  // others leave out the list of an empty directory
    path.list = TRY(blocks_->create(*pointer, BlockKind::entries, 0));
    count_block(block->as<Node>(), 1);
    return {};
  }
  path.list = TRY(blocks_->modify(*pointer, BlockKind::entries, 0));
  return {};
}

Result<Directory::Path> Directory::path_for_insert(Block* node, std::uint32_t hash) {
  Path path{.depth = depth_of(node->as<Node>())};
  BlockPointer pointer = node->as<Node>().pointers[1];
  for (unsigned i = 0; i < path.depth; i++) {
    const Block* block = TRY(blocks_->read(pointer, BlockKind::hash_tree));
    const auto& entries = block->as<HashBlock>().entries;
    const unsigned count = count_of(block->as<HashBlock>());
    unsigned slot = 0;
    while (slot + 1 < count && entries[slot].greatest < hash) slot++;
    path.slots[i] = slot;
    pointer = entries[slot].child;
  }
  TRY(modify_path(node, path));
  for (unsigned i = 0; i < path.depth; i++) {
    std::uint32_t greatest = path.blocks[i]->as<HashBlock>().entries[path.slots[i]].greatest;
    path.blocks[i]->as<HashBlock>().entries[path.slots[i]].greatest = std::max(greatest, hash);
  }
  return path;
}

Result<void> Directory::insert(Block* block, std::string_view name, NodeId id) {
  Path path = TRY(path_for_insert(block, hash_of_name(name)));
  auto& list = path.list->as<EntryList>();
  if (list.used + 5 + name.size() > entry_bytes) return split(block, path, name, id);
  append(list, name, id);
  return {};
}

/// Distributes a full list and a new entry over two lists, by their hashes.
Result<void> Directory::split(Block* block, Path& path, std::string_view name, NodeId id) {
  const EntryList old = path.list->as<EntryList>();
  auto items = TRY(sorted(old, 1));
  (void)items.push({hash_of_name(name), id, name});
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.hash < b.hash; });
  BlockPointer pointer;
  Block* upper = TRY(blocks_->create(pointer, BlockKind::entries, 0));
  auto& low_list = path.list->as<EntryList>();
  auto& high_list = upper->as<EntryList>();
  std::memset(&low_list, 0, sizeof low_list);
  std::size_t i = 0;
  for (; i < items.size() && low_list.used < entry_bytes / 2; i++)
    append(low_list, items[i].name, items[i].id);
  const std::uint32_t lower = items[i - 1].hash;
  for (; i < items.size(); i++) append(high_list, items[i].name, items[i].id);
  count_block(block->as<Node>(), 1);
  return add_sibling(block, path, lower, items.back().hash, pointer);
}

/// The block that the path ends in was split: `sibling` follows it. Splits the hash blocks above as needed.
Result<void> Directory::add_sibling(Block* block, Path& path, std::uint32_t lower, std::uint32_t upper,
                                    BlockPointer sibling) {
  auto& node = block->as<Node>();
  for (unsigned i = path.depth; i-- > 0;) {
    auto& hashes = path.blocks[i]->as<HashBlock>();
    const unsigned slot = path.slots[i];
    const unsigned count = count_of(hashes);
    const std::uint32_t greatest = std::max(hashes.entries[slot].greatest, upper);
    hashes.entries[slot].greatest = lower;
    if (count < hash_fanout) {
      std::copy_backward(hashes.entries + slot + 1, hashes.entries + count, hashes.entries + count + 1);
      hashes.entries[slot + 1] = {greatest, sibling};
      return {};
    }
    BlockPointer pointer;
    Block* next = TRY(blocks_->create(pointer, BlockKind::hash_tree, path.blocks[i]->rank));
    count_block(node, 1);
    HashEntry all[hash_fanout + 1];
    std::copy_n(hashes.entries, slot + 1, all);
    all[slot + 1] = {greatest, sibling};
    std::copy(hashes.entries + slot + 1, hashes.entries + count, all + slot + 2);
    constexpr unsigned kept = (hash_fanout + 1) / 2;
    auto& above = next->as<HashBlock>();
    std::copy(all + kept, all + hash_fanout + 1, above.entries);
    clear(above.entries + hash_fanout + 1 - kept, above.entries + hash_fanout);
    std::copy_n(all, kept, hashes.entries);
    clear(hashes.entries + kept, hashes.entries + hash_fanout);
    lower = all[kept - 1].greatest;
    upper = all[hash_fanout].greatest;
    sibling = pointer;
  }
  if (path.depth == deepest_hash_tree) return Error::no_space;
  const BlockPointer old = node.pointers[1];
  Block* root =
      TRY(blocks_->create(node.pointers[1], BlockKind::hash_tree, static_cast<std::uint8_t>(path.depth + 1)));
  count_block(node, 1);
  auto& hashes = root->as<HashBlock>();
  clear(hashes.entries, hashes.entries + hash_fanout);
  hashes.entries[0] = {lower, old};
  hashes.entries[1] = {upper, sibling};
  node.pointers[0].address = directory_marker | (path.depth + 1);
  return {};
}

/// After a removal: what is said of the greatest hashes on the path, from the list up.
void Directory::refresh_greatest(Path& path) {
  std::uint32_t greatest = greatest_of(path.list->as<EntryList>());
  for (unsigned i = path.depth; i-- > 0;) {
    auto& hashes = path.blocks[i]->as<HashBlock>();
    hashes.entries[path.slots[i]].greatest = greatest;
    if (path.slots[i] + 1 != count_of(hashes)) return;
  }
}

/// Removes an empty list from the hash tree, then what it leaves empty or without a purpose.
Result<void> Directory::prune(Block* block, Path& path) {
  auto& node = block->as<Node>();
  if (path.depth == 0) return {};  // the one list of a directory stays
  BlockPointer gone = path.list->pointer();
  for (unsigned i = path.depth; i-- > 0;) {
    TRY(blocks_->drop(gone));
    count_block(node, -1);
    auto& hashes = path.blocks[i]->as<HashBlock>();
    const unsigned count = count_of(hashes);
    std::copy(hashes.entries + path.slots[i] + 1, hashes.entries + count, hashes.entries + path.slots[i]);
    clear(hashes.entries + count - 1, hashes.entries + count);
    if (count > 1) {
      if (path.slots[i] + 1 == count) {  // the greatest of this block has changed
        std::uint32_t greatest = hashes.entries[count - 2].greatest;
        for (unsigned k = i; k-- > 0;) {
          auto& above = path.blocks[k]->as<HashBlock>();
          above.entries[path.slots[k]].greatest = greatest;
          if (path.slots[k] + 1 != count_of(above)) break;
        }
      }
      break;
    }
    gone = path.blocks[i]->pointer();
    if (i == 0) {  // nothing is left: an empty directory
      TRY(blocks_->drop(gone));
      TRY(blocks_->create(node.pointers[1], BlockKind::entries, 0));
      node.pointers[0].address = directory_marker;
      return {};
    }
  }
  // A root with one child says nothing.
  unsigned depth = path.depth;
  while (depth > 0) {
    const Block* root = TRY(blocks_->read(node.pointers[1], BlockKind::hash_tree));
    if (count_of(root->as<HashBlock>()) > 1) break;
    const BlockPointer child = root->as<HashBlock>().entries[0].child;
    TRY(blocks_->drop(node.pointers[1]));
    count_block(node, -1);
    node.pointers[1] = child;
    depth--;
  }
  node.pointers[0].address = directory_marker | depth;
  return {};
}

Result<void> Directory::remove(Block* block, std::string_view name) {
  const std::uint32_t hash = hash_of_name(name);
  Path path{.depth = depth_of(block->as<Node>())};
  NodeId id;
  if (!TRY(find_below(block->as<Node>().pointers[1], path.depth, hash, name, path, id)))
    return Error::not_found;
  TRY(modify_path(block, path));
  auto& list = path.list->as<EntryList>();
  const std::size_t at = place_of(list, name, id);
  const std::size_t length = 5 + name.size();
  std::memmove(list.entries + at, list.entries + at + length, list.used - at - length);
  list.used = static_cast<std::uint16_t>(list.used - length);
  list.count--;
  std::memset(list.entries + list.used, 0, length);
  if (list.count == 0) return prune(block, path);
  if (path.depth > 0 &&
      path.blocks[path.depth - 1]->as<HashBlock>().entries[path.slots[path.depth - 1]].greatest == hash)
    refresh_greatest(path);
  return {};
}

Result<void> Directory::replace(Block* block, std::string_view name, NodeId id) {
  Path path{.depth = depth_of(block->as<Node>())};
  NodeId old;
  if (!TRY(find_below(block->as<Node>().pointers[1], path.depth, hash_of_name(name), name, path, old)))
    return Error::not_found;
  TRY(modify_path(block, path));
  auto& list = path.list->as<EntryList>();
  std::memcpy(list.entries + place_of(list, name, old), &id, sizeof id);
  return {};
}

Result<bool> Directory::empty(const Node& node) {
  bool found = false;
  TRY(list(node, 0, [&](const Found&) {
    found = true;
    return false;
  }));
  return !found;
}

Result<Array<Directory::Item>> Directory::sorted(const EntryList& list, std::size_t extra) {
  Array<Item> items(*memory_);
  TRY(items.reserve(list.count + extra));
  each_entry(list, [&](std::size_t, NodeId id, std::string_view name) {
    (void)items.push({hash_of_name(name), id, name});  // reserved
    return true;
  });
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.name < b.name;
  });
  return items;
}

/// Others may leave empty lists below a hash tree.
Result<void> Directory::release_below(Block* node, BlockPointer pointer, unsigned depth) {
  if (pointer.null()) return {};
  const Block* block = TRY(blocks_->read(pointer, kind_at(depth)));
  if (depth > 0)
    for (const auto& entry : block->as<HashBlock>().entries) TRY(release_below(node, entry.child, depth - 1));
  count_block(node->as<Node>(), -1);
  return blocks_->drop(pointer);
}

Result<void> Directory::release(Block* block) {
  auto& node = block->as<Node>();
  TRY(release_below(block, node.pointers[1], depth_of(node)));
  node.pointers[0].address = directory_marker;
  node.pointers[1] = {};
  return {};
}

}  // namespace redoxfs
