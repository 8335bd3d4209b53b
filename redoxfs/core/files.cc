// SPDX-License-Identifier: ISC
//
// FileSystem: what nodes hold, their attributes, and holding them.
#include <algorithm>

#include "core/core.h"

namespace redoxfs {

namespace {

Attributes attributes_of(const Node& node) {
  return {.mode = node.mode,
          .uid = node.uid,
          .gid = node.gid,
          .links = node.links,
          .size = node.size,
          .blocks = node.blocks,
          .accessed = {node.atime_s, node.atime_ns},
          .modified = {node.mtime_s, node.mtime_ns},
          .changed = {node.ctime_s, node.ctime_ns}};
}

Result<void> check_readable(const Node& node) {
  if (node.is(kind_directory)) return Error::is_directory;
  if (!node.is(kind_file) && !node.is(kind_link)) return Error::invalid_argument;
  return {};
}

Result<void> check_writable(const Node& node) {
  if (node.is(kind_directory)) return Error::is_directory;
  if (!node.is(kind_file)) return Error::invalid_argument;
  return {};
}

}  // namespace

Result<Attributes> FileSystem::attributes(NodeId id) {
  core_->begin_reading();
  const auto block = core_->tree.read(id);
  if (!block.ok()) return block.error();
  const Attributes found = attributes_of(block.value()->as<Node>());
  core_->end_reading();
  return found;
}

Result<std::size_t> FileSystem::read(NodeId id, std::uint64_t offset, Bytes into) {
  core_->begin_reading();
  const auto read = [&]() -> Result<std::size_t> {
    const Block* block = TRY(core_->tree.read(id));
    TRY(check_readable(block->as<Node>()));
    return core_->content.read(id, offset, into);
  };
  const auto done = read();
  core_->end_reading();
  if (!done.ok()) return done.error();
  return done.value();
}

Result<std::uint64_t> FileSystem::next_data(NodeId id, std::uint64_t offset) {
  core_->begin_reading();
  const Block* block = TRY(core_->tree.read(id));
  const auto& node = block->as<Node>();
  TRY(check_readable(node));
  if (offset >= node.size || node.is_inline()) return std::min<std::uint64_t>(offset, +node.size);
  const std::uint64_t record = bytes_of_level(node.record_level);
  const std::uint64_t found = TRY(core_->content.next_record(node, offset / record));
  const std::uint64_t size = node.size;
  core_->end_reading();
  if (found >= most_records || found * record >= size) return size;
  return std::max(offset, found * record);
}

Result<std::size_t> FileSystem::write(NodeId id, std::uint64_t offset, ConstBytes from) {
  if (offset > ~std::uint64_t{0} - from.size()) return Error::file_too_large;
  std::size_t done = 0;
  do {
    const auto written = core_->change(Reserve::normal, [&]() -> Result<std::size_t> {
      Block* block = TRY(core_->tree.read(id));
      TRY(check_writable(block->as<Node>()));
      if (from.empty()) return std::size_t{0};
      block = TRY(core_->tree.modify(id));
      const std::size_t count = TRY(core_->content.write(id, block, offset + done, from.subspan(done)));
      core_->touch(block->as<Node>(), true);
      return count;
    });
    if (!written.ok()) {
      if (done > 0) return done;
      return written.error();
    }
    done += written.value();
  } while (done < from.size());
  return done;
}

Result<void> FileSystem::resize(NodeId id, std::uint64_t size) {
  const auto body = [&]() -> Result<void> {
    Block* block = TRY(core_->tree.read(id));
    TRY(check_writable(block->as<Node>()));
    block = TRY(core_->tree.modify(id));
    TRY(core_->content.resize(id, block, size));
    core_->touch(block->as<Node>(), true);
    return {};
  };
  return core_->change(Reserve::removal, body);
}

Result<void> FileSystem::punch(NodeId id, std::uint64_t from, std::uint64_t to) {
  return core_->change(Reserve::removal, [&]() -> Result<void> {
    Block* block = TRY(core_->tree.read(id));
    TRY(check_writable(block->as<Node>()));
    block = TRY(core_->tree.modify(id));
    TRY(core_->content.punch(id, block, from, to));
    core_->touch(block->as<Node>(), true);
    return {};
  });
}

Result<void> FileSystem::set_attributes(NodeId id, const AttributeChange& change) {
  return core_->change(Reserve::removal, [&]() -> Result<void> {
    auto& node = TRY(core_->tree.modify(id))->as<Node>();
    if (change.permissions)
      node.mode = static_cast<std::uint16_t>((node.mode & kind_mask) | (*change.permissions & 07777));
    if (change.uid) node.uid = *change.uid;
    if (change.gid) node.gid = *change.gid;
    core_->touch(node, false);
    if (change.accessed) {
      node.atime_s = change.accessed->s;
      node.atime_ns = change.accessed->ns;
    }
    if (change.modified) {
      node.mtime_s = change.modified->s;
      node.mtime_ns = change.modified->ns;
    }
    return {};
  });
}

Result<void> FileSystem::hold(NodeId id) {
  TRY(attributes(id));
  if (std::uint32_t* count = core_->holds.find(id)) {
    ++*count;
    return {};
  }
  return core_->holds.insert(id, 1);
}

Result<void> FileSystem::drop(NodeId id) {
  std::uint32_t* count = core_->holds.find(id);
  if (!count) return Error::invalid_argument;
  if (*count > 1) {
    --*count;
    return {};
  }
  auto& released = core_->released;
  const auto place = [&] { return std::find(released.begin(), released.end(), id); };
  if (place() == released.end()) {
    core_->holds.erase(id);
    return {};
  }
  TRY(core_->change(Reserve::removal, [&]() -> Result<void> {
    TRY(core_->remove_node(id, TRY(core_->tree.modify(id))));
    released.erase(static_cast<std::size_t>(place() - released.begin()));
    return {};
  }));
  core_->holds.erase(id);
  core_->parents.erase(id);
  core_->header_changed = true;
  return {};
}

}  // namespace redoxfs
