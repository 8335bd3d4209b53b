// SPDX-License-Identifier: ISC
//
// Checker: mending what a walk has found. A repair never releases blocks: what is damaged may be wrong about
// whose they are. They are found free by the walk that follows.
#include <algorithm>

#include "core/checker.h"

namespace redoxfs {

namespace {

constexpr unsigned most_rounds = 8;

/// Decimal digits, for names in lost+found.
std::string_view decimal(std::uint32_t value, char (&buffer)[12]) {
  std::size_t at = sizeof buffer;
  do buffer[--at] = static_cast<char>('0' + value % 10);
  while ((value /= 10) > 0);
  buffer[--at] = '#';
  return {buffer + at, sizeof buffer - at};
}

}  // namespace

Result<void> Checker::repair() {
  // Only what no part of the image refers to may be written to, whatever the log says.
  core_.space.start_over();
  const auto runs = TRY(used_.runs());
  std::uint64_t at = first_block;
  for (const Extent& run : runs) {
    if (run.index > at) TRY(core_.space.available().add({at, run.index - at}));
    at = run.index + run.count;
  }
  if (at < core_.store.blocks()) TRY(core_.space.available().add({at, core_.store.blocks() - at}));
  // The old log and release list fall vacant with the commit.
  for (const auto* chain : {&core_.log.chain(), &std::as_const(core_.release_chain)})
    for (std::uint64_t index : *chain)
      if (used_.contains({index, 1}) && !core_.space.released().touches({index, 1}))
        TRY(core_.space.release(index, 1));
  core_.log.start_over();
  core_.release_chain.clear();
  core_.log_lost = false;
  core_.writable = true;
  // Names first, from the back: a cursor is good until an entry before it goes.
  std::sort(fixes_.begin(), fixes_.end(), [](const Fix& a, const Fix& b) {
    if (a.action != b.action) return a.action < b.action;
    return a.node != b.node ? a.node < b.node : a.value > b.value;
  });
  for (const Fix& fix : fixes_) TRY(apply(fix));
  core_.header_changed = true;
  TRY(core_.commit());
  return replace_damaged_headers();
}

Result<void> Checker::apply(const Fix& fix) {
  if (fix.action == Action::adopt) return adopt(fix.node);
  if (fix.action == Action::rebuild_directory) return rebuild_directory(fix.node);
  return core_.change(Reserve::removal, [&]() -> Result<void> {
    switch (fix.action) {
      case Action::clear_tree:
        return core_.tree.clear_below(fix.node, fix.level);
      case Action::forget_node:
        return core_.tree.forget(fix.node);
      case Action::set_full:
        return core_.tree.set_full(fix.node, fix.level, fix.value != 0);
      case Action::remove_name: {
        Block* block = TRY(core_.tree.modify(fix.node));
        char copy[largest_name];
        std::string_view name;
        TRY(core_.directory.list(block->as<Node>(), fix.value - 1, [&](const Directory::Found& found) {
          if (found.cursor == fix.value) name = {copy, found.name.copy(copy, sizeof copy)};
          return false;
        }));
        if (name.empty()) return {};  // the directory was rebuilt without it
        return core_.directory.remove(block, name);
      }
      case Action::cut_pointers:
        return core_.content.cut(TRY(core_.tree.modify(fix.node)), fix.value, fix.level);
      case Action::set_links: {
        auto found = core_.tree.modify(fix.node);
        if (!found.ok() && found.error() == Error::not_found) return {};
        Block* block = TRY(std::move(found));
        block->as<Node>().links = static_cast<std::uint32_t>(fix.value);
        return {};
      }
      case Action::set_blocks: {
        Block* block = TRY(core_.tree.modify(fix.node));
        block->as<Node>().blocks = fix.value;
        return {};
      }
      case Action::rebuild_directory:
      case Action::adopt:
        break;
    }
    return {};
  });
}

/// Inserts every entry that can be read into the directory `into`.
Result<void> Checker::gather(const BlockPointer& pointer, unsigned depth, Block* into) {
  if (pointer.null()) return {};
  Block* block = TRY(load(pointer, depth == 0 ? BlockKind::entries : BlockKind::hash_tree));
  if (!block) return {};
  if (depth > 0) {
    for (const auto& entry : block->as<HashBlock>().entries) {
      if (entry.child.null()) break;
      TRY(gather(entry.child, depth - 1, into));
    }
    return {};
  }
  Result<void> done;
  each_entry(block->as<EntryList>(), [&](std::size_t, NodeId id, std::string_view name) {
    if (const auto found = core_.directory.find(into->as<Node>(), name); found.ok())
      return true;  // a second one
    const auto inserted = core_.directory.insert(into, name, id);
    if (!inserted.ok()) done = inserted;
    return inserted.ok();
  });
  return done;
}

Result<void> Checker::rebuild_directory(NodeId id) {
  return core_.change(Reserve::removal, [&]() -> Result<void> {
    auto found = core_.tree.modify(id);
    if (!found.ok() && found.error() == Error::not_found) return {};
    Block* block = TRY(std::move(found));
    auto& node = block->as<Node>();
    const BlockPointer root = node.pointers[1];
    const auto depth = static_cast<unsigned>(node.pointers[0].address & 0xF);
    for (std::size_t i = 0; i < std::size(node.pointers); i++) node.pointers[i] = {};
    TRY(core_.directory.initialize(block));
    return gather(root, depth, block);
  });
}

Result<NodeId> Checker::lost_and_found() {
  constexpr std::string_view name = "lost+found";
  Block* root = TRY(core_.tree.read(root_node));
  const auto found = core_.directory.find(root->as<Node>(), name);
  if (found.ok() && TRY(core_.tree.read(found.value()))->as<Node>().is(kind_directory)) return found.value();
  return core_.change(Reserve::removal, [&]() -> Result<NodeId> {
    NodeId id;
    TRY(core_.make(root_node, name, kind_directory | 0700, 0, 0, id));
    return id;
  });
}

Result<void> Checker::adopt(NodeId id) {
  const NodeId directory = TRY(lost_and_found());
  return core_.change(Reserve::removal, [&]() -> Result<void> {
    char buffer[12];
    const std::string_view name = decimal(id, buffer);
    TRY(core_.tree.modify(id))->as<Node>().links = 1;
    Block* block = TRY(core_.tree.modify(directory));
    if (core_.directory.find(block->as<Node>(), name).ok()) return {};
    return core_.directory.insert(block, name, id);
  });
}

/// The generation of a repair takes the place of one damaged header. Where more lie behind it, more
/// generations follow, for those would be taken for newer ones.
Result<void> Checker::replace_damaged_headers() {
  for (std::uint64_t i = 0; i < ring_slots; i++) {
    RingState ring;
    TRY(read_ring(*core_.device, core_.services.memory, ring));
    if (!ring.newest_is_damaged) break;
    core_.header_changed = true;
    TRY(core_.commit());
  }
  return {};
}

Result<CheckResult> check(BlockDevice& device, const Services& services, const CheckOptions& options,
                          CheckObserver& observer) {
  auto core = TRY(Owned<FileSystem::Core>::make(services.memory, device, services));
  TRY(core->open_header({.password = options.password}));
  class Silent final : public CheckObserver {
   public:
    explicit Silent(CheckObserver& observer) : observer_{&observer} {}
    void found(const Finding&) override {}
    void progress(std::uint64_t done, std::uint64_t total) override { observer_->progress(done, total); }

   private:
    CheckObserver* observer_;
  } silent(observer);

  auto checker = TRY(Owned<Checker>::make(services.memory, *core, options, observer));
  TRY(checker->walk());
  CheckResult result = checker->result();
  result.unrepaired = result.problems;
  if (options.repair == Repair::no || (result.problems == 0 && result.blocks_leaked == 0)) return result;
  // Mending one thing may bring others to light: what hung below it.
  for (unsigned round = 0; round < most_rounds; round++) {
    const bool done = !checker->has_fixes();
    TRY(checker->repair());
    core->fell_back = false;
    checker = TRY(Owned<Checker>::make(services.memory, *core, options, silent));
    TRY(checker->walk());
    if (done) break;
  }
  const CheckResult after = checker->result();
  result.unrepaired = after.problems;
  result.blocks_used = after.blocks_used;
  result.blocks_free = after.blocks_free;
  result.blocks_leaked = after.blocks_leaked;
  return result;
}

}  // namespace redoxfs
