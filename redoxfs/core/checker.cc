// SPDX-License-Identifier: ISC
#include "core/checker.h"

#include <algorithm>

namespace redoxfs {

namespace {

/// Errors of the device and of memory end the check; damage is what it looks for.
bool is_damage(Error error) {
  return error == Error::damaged;
}

}  // namespace

void Checker::report(Problem problem, NodeId node, std::uint64_t position, std::uint64_t count) {
  if (!harmless(problem)) result_.problems++;
  observer_->found({problem, node, position, count});
}

void Checker::step(std::uint64_t blocks) {
  const std::uint64_t total = core_.store.blocks() - core_.space.free_blocks();
  done_ += blocks;
  observer_->progress(std::min(done_, total) * block_size, total * block_size);
}

Result<bool> Checker::mark(BlockPointer pointer, NodeId node) {
  const std::uint64_t count = blocks_of_level(pointer.level());
  if (!core_.store.inside(pointer)) return false;
  if (const auto added = used_.add({pointer.index(), count}); !added.ok()) {
    if (!is_damage(added.error())) return added.error();
    report(Problem::double_use, node, pointer.index(), count);
    return false;
  }
  step(count);
  return true;
}

Result<Block*> Checker::load(BlockPointer pointer, BlockKind kind) {
  core_.begin_reading();
  auto block = core_.blocks.read(pointer, kind);
  if (!block.ok() && is_damage(block.error())) return nullptr;
  return block;
}

Result<void> Checker::walk() {
  for (std::uint64_t index : core_.log.chain()) (void)TRY(mark(BlockPointer::at(index, 0), 0));
  for (std::uint64_t index : core_.release_chain) (void)TRY(mark(BlockPointer::at(index, 0), 0));
  if (core_.fell_back) report(Problem::header, 0);
  if (core_.log_lost) report(Problem::log, 0);
  (void)TRY(walk_tree(core_.tree.root(), tree_levels - 1, 0));
  for (NodeId id : core_.released)
    if (Info* info = nodes_.find(id)) info->released = info->links == 0;
  if (Info* root = nodes_.find(root_node)) root->names = 1;
  TRY(reach(root_node));

  // What is left has no way to it from the root.
  Array<NodeId> rest(core_.services.memory);
  TRY(rest.reserve(nodes_.size()));
  nodes_.each([&](std::uint64_t id, const Info& info) {
    if (!info.reached && !info.released) (void)rest.push(static_cast<NodeId>(id));  // reserved
  });
  std::sort(rest.begin(), rest.end());
  for (NodeId id : rest) {
    Info* info = nodes_.find(id);
    if (info->reached || info->names > 0) continue;
    report(Problem::nameless, id);
    TRY(mend(Action::adopt, id));
    info->names = 1;
    TRY(reach(id));
  }
  bool complete = true;
  nodes_.each([&](std::uint64_t key, const Info& info) {
    const auto id = static_cast<NodeId>(key);
    const bool directory = (info.mode & kind_mask) == kind_directory;
    (directory                              ? result_.directories
     : (info.mode & kind_mask) == kind_file ? result_.files
                                            : result_.others)++;
    if (info.released || info.links == info.names) return;
    if (directory && info.names == 1 && info.links >= 1) return;  // others count "." and ".."
    report(Problem::links, id, info.links, info.names);
    complete = complete && mend(Action::set_links, id, 0, info.names).ok();
  });
  if (!complete) return Error::out_of_memory;
  return compare_space();
}

Result<void> Checker::compare_space() {
  result_.blocks_used = used_.count();
  result_.blocks_free = core_.space.free_blocks();
  const std::uint64_t all = core_.store.blocks() - first_block;
  if (core_.log_lost) return {};
  const auto runs = TRY(used_.runs());
  std::uint64_t both = 0;
  for (const Extent& run : runs) {
    if (!core_.space.available().touches(run)) continue;
    for (std::uint64_t i = 0; i < run.count; i++)
      both += core_.space.available().contains({run.index + i, 1});
  }
  if (both > 0) report(Problem::free_in_use, 0, 0, both);
  if (both == 0 && all > result_.blocks_used + result_.blocks_free) {
    result_.blocks_leaked = all - result_.blocks_used - result_.blocks_free;
    report(Problem::leak, 0, 0, result_.blocks_leaked);
  }
  return {};
}

/// Whether no id is free below the pointer.
Result<bool> Checker::walk_tree(BlockPointer pointer, unsigned level, NodeId prefix) {
  const NodeId below = prefix << 8;
  const bool marked = TRY(mark(pointer, 0));
  const Block* block = marked ? TRY(load(pointer, BlockKind::tree)) : nullptr;
  if (!block) {
    report(Problem::tree, 0, pointer.index(), std::uint64_t{1} << (8 * (level + 1)));
    TRY(mend(Action::clear_tree, level == tree_levels - 1 ? 0 : prefix << (8 * (level + 1)), level));
    return false;
  }
  TreeBlock copy = block->as<TreeBlock>();  // of its own, for what follows may push the block out of memory
  bool all = true;
  for (unsigned i = 0; i < tree_fanout; i++) {
    const BlockPointer child = copy.children[i];
    const bool reserved = level == 0 && prefix == 0 && i == 0;
    bool full = false;
    if (!child.null()) {
      if (level > 0) {
        full = TRY(walk_tree(child, level - 1, below | i));
      } else if (reserved) {
        report(Problem::node, 0, child.index());
        TRY(mend(Action::forget_node, 0));
      } else {
        TRY(walk_node(below | i, child, full));
      }
    }
    if (copy.is_full(i) != full && !reserved) {
      report(Problem::tree_flag, level == 0 ? below | i : 0, pointer.index());
      TRY(mend(Action::set_full, (below | i) << (8 * level), level, full));
    }
    all = all && (full || (reserved && copy.is_full(i)));
  }
  return all;
}

Result<void> Checker::walk_node(NodeId id, BlockPointer pointer, bool& there) {
  core_.end_reading();
  const bool marked = TRY(mark(pointer, id));
  const Block* block = marked ? TRY(load(pointer, BlockKind::node)) : nullptr;
  there = true;  // for the flag: the id is taken until a repair
  if (!block) {
    report(Problem::node, id, pointer.index());
    return mend(Action::forget_node, id);
  }
  const Node node = block->as<Node>();
  TRY(nodes_.insert(id, Info{0, node.links, node.mode, false, false}));
  if (node.is(kind_directory)) return walk_directory(id);
  return walk_file(id, node);
}

Result<void> Checker::walk_file(NodeId id, const Node& node) {
  if (node.is_inline()) return {};
  std::uint64_t blocks = 1, past = 0, first = 0;
  for (unsigned depth = 0; depth < 5; depth++) {
    const PointerTable& table = pointer_tables[depth];
    for (unsigned i = 0; i < table.count; i++, first += table.records_each)
      TRY(walk_records(id, node, node.pointers[table.first + i], depth, first, blocks, past));
  }
  if (past > 0) report(Problem::past_end, id, 0, past);
  if (past == 0 && blocks != node.blocks) {
    report(Problem::size, id, node.blocks, blocks);
    return mend(Action::set_blocks, id, 0, blocks);
  }
  return {};
}

Result<void> Checker::walk_records(NodeId id, const Node& node, BlockPointer pointer, unsigned depth,
                                   std::uint64_t first, std::uint64_t& blocks, std::uint64_t& past) {
  if (pointer.null()) return {};
  const std::uint64_t covers = std::uint64_t{1} << (8 * depth);
  if (!TRY(mark(pointer, id))) {
    report(depth == 0 ? Problem::record : Problem::pointers, id, first * bytes_of_level(node.record_level),
           covers);
    return mend(Action::cut_pointers, id, depth, first);
  }
  blocks += blocks_of_level(pointer.level());
  if (depth == 0) {
    past += first * bytes_of_level(node.record_level) >= node.size;
    return walk_record(id, node, pointer, first);
  }
  core_.end_reading();
  const Block* block = TRY(load(pointer, BlockKind::indirect));
  if (!block) {
    report(Problem::pointers, id, first * bytes_of_level(node.record_level), covers);
    return mend(Action::cut_pointers, id, depth, first);
  }
  Array<BlockPointer> children(core_.services.memory);
  TRY(children.reserve(indirect_fanout));
  for (const auto& child : block->as<IndirectBlock>().children) (void)children.push(child);  // reserved
  for (std::uint64_t i = 0; i < indirect_fanout; i++)
    TRY(walk_records(id, node, children[i], depth - 1, first + i * (covers / indirect_fanout), blocks, past));
  return {};
}

Result<void> Checker::walk_record(NodeId id, const Node& node, BlockPointer pointer, std::uint64_t number) {
  const std::uint64_t at = number * bytes_of_level(node.record_level);
  if (options_.data == CheckData::skip) {
    const bool sane =
        pointer.level() <= node.record_level && pointer.decompressed_level() <= node.record_level;
    if (!sane) report(Problem::record, id, at);
    return {};
  }
  const Bytes scratch = core_.store.scratch().first(bytes_of_level(node.record_level));
  const auto read = core_.store.read_record(pointer, node.record_level, scratch);
  if (read.ok()) return {};
  if (!is_damage(read.error())) return read;
  report(Problem::record, id, at);
  return {};
}

Result<void> Checker::walk_directory(NodeId id) {
  const Node node = TRY(core_.tree.read(id))->as<Node>();
  Shape shape;
  TRY(walk_entries(id, node.pointers[1], node.pointers[0].address & 0xF, hash_of_null - 1, shape));
  if (shape.damaged) report(Problem::directory, id);
  if (shape.disordered) report(Problem::directory_order, id);
  if (shape.damaged || shape.disordered) return mend(Action::rebuild_directory, id);
  if (node.size != shape.blocks * block_size || node.blocks != shape.blocks + 1) {
    report(Problem::size, id, node.blocks, shape.blocks + 1);
    return mend(Action::rebuild_directory, id);
  }
  return {};
}

/// `limit`: no hash below may be greater.
Result<void> Checker::walk_entries(NodeId id, BlockPointer pointer, unsigned depth, std::uint32_t limit,
                                   Shape& shape) {
  if (pointer.null()) return {};
  core_.end_reading();
  const bool marked = TRY(mark(pointer, id));
  const Block* block =
      marked ? TRY(load(pointer, depth == 0 ? BlockKind::entries : BlockKind::hash_tree)) : nullptr;
  if (!block) {
    shape.damaged = true;
    return {};
  }
  shape.blocks++;
  if (depth == 0) {
    std::uint32_t greatest = shape.greatest;
    each_entry(block->as<EntryList>(), [&](std::size_t, NodeId, std::string_view name) {
      const std::uint32_t hash = hash_of_name(name);
      if (hash > limit || hash < shape.greatest) shape.disordered = true;
      greatest = std::max(greatest, hash);
      return true;
    });
    shape.greatest = greatest;
    return {};
  }
  Array<HashEntry> entries(core_.services.memory);
  TRY(entries.reserve(hash_fanout));
  for (const auto& entry : block->as<HashBlock>().entries) (void)entries.push(entry);  // reserved
  for (const HashEntry& entry : entries) {
    if (entry.child.null()) break;
    if (entry.greatest > limit) shape.disordered = true;
    TRY(walk_entries(id, entry.child, depth - 1, entry.greatest, shape));
  }
  return {};
}

/// Follows the names from a node on.
Result<void> Checker::reach(NodeId from) {
  if (Info* info = nodes_.find(from)) info->reached = true;
  TRY(queue_.push(from));
  while (!queue_.empty()) {
    const NodeId id = queue_.pop();
    const Info* info = nodes_.find(id);
    if (!info || (info->mode & kind_mask) != kind_directory) continue;
    core_.begin_reading();
    const Node node = TRY(core_.tree.read(id))->as<Node>();
    // Names first, for meeting one may push the block out of memory.
    struct Name {
      NodeId id;
      std::uint64_t cursor;
    };
    Array<Name> names(core_.services.memory);
    bool complete = true;
    const auto listed = core_.directory.list(node, 0, [&](const Directory::Found& found) {
      complete = names.push({found.id, found.cursor}).ok();
      return complete;
    });
    core_.end_reading();
    if (!complete) return Error::out_of_memory;
    if (!listed.ok() && !is_damage(listed.error())) return listed;
    for (const Name& name : names) TRY(meet_name(id, name.id, name.cursor));
  }
  return {};
}

Result<void> Checker::meet_name(NodeId directory, NodeId child, std::uint64_t cursor) {
  Info* info = nodes_.find(child);
  const bool is_directory = info && (info->mode & kind_mask) == kind_directory;
  if (!info || (is_directory && (info->names > 0 || child == root_node))) {
    report(Problem::name, directory, child);
    return mend(Action::remove_name, directory, 0, cursor);
  }
  info->names++;
  if (info->reached) return {};
  info->reached = true;
  if (is_directory) TRY(queue_.push(child));
  return {};
}

const char* describe(Problem problem) {
  switch (problem) {
    case Problem::header:
      return "the newest header is damaged; the one before it is used";
    case Problem::log:
      return "the allocator log is damaged";
    case Problem::tree:
      return "a block of the tree of nodes is damaged";
    case Problem::tree_flag:
      return "the tree of nodes is wrong about a free id";
    case Problem::node:
      return "a node is damaged";
    case Problem::directory:
      return "a part of a directory is damaged";
    case Problem::directory_order:
      return "a directory is out of order";
    case Problem::name:
      return "a name leads nowhere, or to a directory that has a name already";
    case Problem::pointers:
      return "an indirect block of a file is damaged";
    case Problem::record:
      return "the data of a file is damaged";
    case Problem::double_use:
      return "blocks are used twice";
    case Problem::free_in_use:
      return "blocks in use are counted as free";
    case Problem::links:
      return "a count of links is wrong";
    case Problem::nameless:
      return "a node has no name";
    case Problem::size:
      return "a node is wrong about its blocks";
    case Problem::leak:
      return "blocks are neither in use nor free";
    case Problem::past_end:
      return "a file has records past its end";
  }
  return "an unknown problem";
}

}  // namespace redoxfs
