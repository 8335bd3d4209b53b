// SPDX-License-Identifier: ISC
//
// FileSystem: names: looking up, making, linking, removing, renaming.
#include <algorithm>

#include "core/core.h"

namespace redoxfs {

namespace {

constexpr std::size_t longest_target = 4095;

/// A name to look up or to remove may be one that we would not make.
Result<void> check_old_name(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return Error::invalid_argument;
  if (name.size() > largest_name) return Error::name_too_long;
  return {};
}

}  // namespace

Result<Block*> FileSystem::Core::directory_node(NodeId id) {
  Block* block = TRY(tree.read(id));
  if (!block->as<Node>().is(kind_directory)) return Error::not_directory;
  return block;
}

void FileSystem::Core::touch(Node& node, bool changes_content) {
  const Time time = now();
  node.ctime_s = time.s;
  node.ctime_ns = time.ns;
  if (!changes_content) return;
  node.mtime_s = time.s;
  node.mtime_ns = time.ns;
}

Result<void> FileSystem::Core::remove_node(NodeId id, Block* block) {
  if (block->as<Node>().is(kind_directory))
    TRY(directory.release(block));
  else
    TRY(content.release_all(id, block));
  removed = id;
  return tree.remove(id);
}

Result<void> FileSystem::Core::remove_link(NodeId id, Block* block, bool& gone) {
  auto& node = block->as<Node>();
  if (node.links == 0) return Error::damaged;
  node.links--;
  touch(node, false);
  gone = node.links == 0;
  if (!gone) return {};
  if (holds.find(id)) {
    // A directory that somebody holds has no entries, and gets none any more.
    return released.push(id);
  }
  return remove_node(id, block);
}

Result<NodeId> FileSystem::lookup(NodeId directory, std::string_view name) {
  core_->begin_reading();
  const auto find = [&]() -> Result<NodeId> {
    Block* block = TRY(core_->directory_node(directory));
    if (name.size() > largest_name) return Error::name_too_long;
    return core_->directory.find(block->as<Node>(), name);
  };
  auto found = find();
  if (found.ok()) {
    const auto node = core_->tree.read(found.value());
    if (node.ok() && node.value()->as<Node>().is(kind_directory))
      core_->learn_parent(found.value(), directory);
    // A name of a node that is not there: the image is damaged.
    if (!node.ok()) found.value() = 0;
  }
  core_->end_reading();
  if (found.ok() && found.value() == 0) return Error::damaged;
  return found;
}

Result<NodeId> FileSystem::parent(NodeId directory) {
  if (directory == root_node) return root_node;
  const NodeId* found = core_->parents.find(directory);
  if (!found) return Error::not_found;
  return *found;
}

Result<void> FileSystem::list(NodeId directory, std::uint64_t cursor, EntryVisitor& visitor) {
  core_->begin_reading();
  const auto list = [&]() -> Result<void> {
    Block* block = TRY(core_->directory_node(directory));
    return core_->directory.list(block->as<Node>(), cursor, [&](const Directory::Found& found) {
      return visitor.visit({found.name, found.id, found.cursor});
    });
  };
  const auto done = list();
  core_->end_reading();
  return done;
}

/// Makes a node and its name. Within an operation.
Result<Block*> FileSystem::Core::make(NodeId directory_id, std::string_view name, std::uint16_t mode,
                                      std::uint32_t uid, std::uint32_t gid, NodeId& id) {
  TRY(directory_node(directory_id));
  TRY(validate_new_name(name));
  Block* parent = TRY(tree.modify(directory_id));
  auto& parent_node = parent->as<Node>();
  if (parent_node.links == 0) return Error::not_found;
  if (const auto found = directory.find(parent_node, name); found.ok())
    return Error::exists;
  else if (found.error() != Error::not_found)
    return found.error();
  Block* block = TRY(tree.create(id));
  auto& node = block->as<Node>();
  node.mode = mode;
  node.uid = uid;
  node.gid = gid;
  node.links = 1;
  node.blocks = 1;
  node.flags = flag_inline;
  touch(node, true);
  node.atime_s = node.mtime_s;
  node.atime_ns = node.mtime_ns;
  if (node.is(kind_directory)) {
    node.flags = 0;
    TRY(directory.initialize(block));
  }
  TRY(directory.insert(parent, name, id));
  touch(parent_node, true);
  return block;
}

Result<NodeId> FileSystem::create(NodeId directory, std::string_view name, std::uint16_t mode,
                                  std::uint32_t uid, std::uint32_t gid) {
  const std::uint16_t kind = mode & kind_mask;
  if (kind != kind_file && kind != kind_directory && kind != kind_fifo && kind != kind_socket)
    return Error::invalid_argument;
  auto made = core_->change(Reserve::normal, [&]() -> Result<NodeId> {
    NodeId id;
    TRY(core_->make(directory, name, mode, uid, gid, id));
    return id;
  });
  if (made.ok() && kind == kind_directory) core_->learn_parent(made.value(), directory);
  return made;
}

Result<NodeId> FileSystem::symlink(NodeId directory, std::string_view name, std::string_view target,
                                   std::uint32_t uid, std::uint32_t gid) {
  if (target.empty()) return Error::not_found;
  if (target.size() > longest_target) return Error::name_too_long;
  return core_->change(Reserve::normal, [&]() -> Result<NodeId> {
    NodeId id;
    Block* block = TRY(core_->make(directory, name, kind_link | 0777, uid, gid, id));
    const auto bytes = std::as_bytes(std::span(target.data(), target.size()));
    if (TRY(core_->content.write(id, block, 0, bytes)) != bytes.size()) return Error::no_space;
    return id;
  });
}

Result<void> FileSystem::link(NodeId id, NodeId directory, std::string_view name) {
  return core_->change(Reserve::normal, [&]() -> Result<void> {
    TRY(core_->directory_node(directory));
    TRY(validate_new_name(name));
    Block* block = TRY(core_->tree.modify(id));
    auto& node = block->as<Node>();
    if (node.is(kind_directory)) return Error::not_permitted;
    if (node.links == 0) return Error::not_found;
    if (node.links == ~std::uint32_t{0}) return Error::too_many_links;
    Block* parent = TRY(core_->tree.modify(directory));
    if (parent->as<Node>().links == 0) return Error::not_found;
    if (const auto found = core_->directory.find(parent->as<Node>(), name); found.ok())
      return Error::exists;
    else if (found.error() != Error::not_found)
      return found.error();
    TRY(core_->directory.insert(parent, name, id));
    node.links++;
    core_->touch(node, false);
    core_->touch(parent->as<Node>(), true);
    return {};
  });
}

Result<void> FileSystem::unlink(NodeId directory, std::string_view name) {
  TRY(check_old_name(name));
  return core_->change(Reserve::removal, [&]() -> Result<void> {
    bool gone;
    Block* looked = TRY(core_->directory_node(directory));
    const NodeId id = TRY(core_->directory.find(looked->as<Node>(), name));
    if (TRY(core_->tree.read(id))->as<Node>().is(kind_directory)) return Error::is_directory;
    Block* parent = TRY(core_->tree.modify(directory));
    TRY(core_->directory.remove(parent, name));
    core_->touch(parent->as<Node>(), true);
    return core_->remove_link(id, TRY(core_->tree.modify(id)), gone);
  });
}

Result<void> FileSystem::remove_directory(NodeId directory, std::string_view name) {
  TRY(check_old_name(name));
  NodeId id = 0;
  TRY(core_->change(Reserve::removal, [&]() -> Result<void> {
    Block* looked = TRY(core_->directory_node(directory));
    id = TRY(core_->directory.find(looked->as<Node>(), name));
    const Block* block = TRY(core_->directory_node(id));
    if (!TRY(core_->directory.empty(block->as<Node>()))) return Error::not_empty;
    Block* parent = TRY(core_->tree.modify(directory));
    TRY(core_->directory.remove(parent, name));
    core_->touch(parent->as<Node>(), true);
    bool gone;
    Block* modified = TRY(core_->tree.modify(id));
    modified->as<Node>().links = 1;
    return core_->remove_link(id, modified, gone);
  }));
  core_->parents.erase(id);
  return {};
}

Result<void> FileSystem::rename(NodeId old_directory, std::string_view old_name, NodeId new_directory,
                                std::string_view new_name, Replace replace) {
  TRY(check_old_name(old_name));
  NodeId source = 0, target = 0;
  bool moved_directory = false, gone = false;
  const auto body = [&]() -> Result<void> {
    Core& core = *core_;
    target = 0;
    moved_directory = gone = false;
    Block* from = TRY(core.directory_node(old_directory));
    Block* to = TRY(core.directory_node(new_directory));
    source = TRY(core.directory.find(from->as<Node>(), old_name));
    TRY(validate_new_name(new_name));
    if (const auto found = core.directory.find(to->as<Node>(), new_name); found.ok())
      target = found.value();
    else if (found.error() != Error::not_found)
      return found.error();
    if (target != 0 && replace == Replace::refused) return Error::exists;
    if (target == source) {
      target = 0;
      return {};
    }
    const bool directory = TRY(core.tree.read(source))->as<Node>().is(kind_directory);
    if (directory)
      for (NodeId above = new_directory; above != root_node;) {
        if (above == source) return Error::invalid_argument;
        const NodeId* next = core.parents.find(above);
        if (!next) return Error::invalid_argument;  // never looked up: the caller does not know where it lies
        above = *next;
      }
    if (target != 0) {
      const Block* old = TRY(core.tree.read(target));
      if (directory && !old->as<Node>().is(kind_directory)) return Error::not_directory;
      if (!directory && old->as<Node>().is(kind_directory)) return Error::is_directory;
      if (directory && !TRY(core.directory.empty(old->as<Node>()))) return Error::not_empty;
    }
    from = TRY(core.tree.modify(old_directory));
    to = TRY(core.tree.modify(new_directory));
    if (to->as<Node>().links == 0) return Error::not_found;
    if (target != 0)
      TRY(core.directory.replace(to, new_name, source));
    else
      TRY(core.directory.insert(to, new_name, source));
    TRY(core.directory.remove(from, old_name));
    core.touch(from->as<Node>(), true);
    core.touch(to->as<Node>(), true);
    core.touch(TRY(core.tree.modify(source))->as<Node>(), false);
    moved_directory = directory;
    if (target == 0) return {};
    Block* replaced = TRY(core.tree.modify(target));
    if (directory) replaced->as<Node>().links = 1;
    return core.remove_link(target, replaced, gone);
  };
  TRY(core_->change(Reserve::normal, body));
  if (gone) core_->parents.erase(target);
  if (moved_directory) core_->learn_parent(source, new_directory);
  return {};
}

}  // namespace redoxfs
