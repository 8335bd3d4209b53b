// SPDX-License-Identifier: ISC
//
// FileSystem: making, opening, closing; passwords; snapshots.
#include <algorithm>
#include <cstring>

#include "core/core.h"
#include "core/keys.h"

namespace redoxfs {

namespace {

/// Blocks of the device before the file system: none.
Result<void> clear_ring(BlockDevice& device, Memory& memory) {
  Array<std::byte> zero(memory);
  TRY(zero.resize(16 * block_size));
  for (std::uint64_t at = 0; at < ring_slots; at += 16) TRY(device.write(at, zero.span()));
  return {};
}

}  // namespace

Result<void> format(BlockDevice& device, const Services& services, const FormatOptions& options) {
  Header header;
  const std::uint64_t blocks = options.blocks == 0 ? device.block_count() : options.blocks;
  if (blocks < smallest_device || blocks > device.block_count()) return Error::no_space;
  std::memcpy(header.signature, signature, sizeof signature);
  header.version = format_version;
  std::memcpy(header.uuid, options.uuid.data(), sizeof header.uuid);
  header.size = blocks * block_size;
  SectorKeys keys;
  if (!options.password.empty()) {
    if (!services.cryptography) return Error::not_supported;
    TRY(services.cryptography->random(keys.data));
    TRY(services.cryptography->random(keys.tweak));
    TRY(add_slot(header, *services.cryptography, options.password, keys));
  }
  // The old file system goes first, and for good: half a new one must not be taken for it.
  TRY(clear_ring(device, services.memory));
  TRY(device.barrier());

  auto core = TRY(Owned<FileSystem::Core>::make(services.memory, device, services));
  core->header = header;
  core->writable = core->bridged = true;
  TRY(core->store.open(0, blocks));
  if (!options.password.empty()) core->store.use_keys(keys);
  TRY(core->space.available().add({first_block, blocks - first_block}));
  TRY(core->change(Reserve::commit, [&]() -> Result<void> {
    NodeId id;
    Block* block = TRY(core->tree.create(id));
    if (id != root_node) return Error::damaged;
    auto& node = block->as<Node>();
    node.mode = static_cast<std::uint16_t>(kind_directory | (options.root_permissions & 07777));
    node.uid = options.uid;
    node.gid = options.gid;
    node.links = 1;
    const Time now = core->now();
    node.atime_s = now.s;
    node.atime_ns = now.ns;
    core->touch(node, true);
    return core->directory.initialize(block);
  }));
  return core->commit();
}

Result<void> FileSystem::Core::open_at(const Header& newest, std::uint64_t at, const SectorKeys* keys) {
  header = newest;
  start = at;
  TRY(store.open(start, header.size / block_size));
  if (keys) store.use_keys(*keys);
  tree.root() = header.tree;
  if (const auto replayed = log.replay(header.log, space.available()); !replayed.ok()) {
    if (replayed.error() != Error::damaged) return replayed;
    log_lost = true;
    space.available().clear();
    log.start_over();
  }
  BlockPointer pointer = header.release;
  Array<ReleaseBlock> block(services.memory);
  TRY(block.resize(1));
  while (!pointer.null()) {
    if (pointer.level() != 0 || release_chain.size() >= store.blocks()) return Error::damaged;
    TRY(store.read(pointer, bytes_of(block[0])));
    TRY(release_chain.push(pointer.index()));
    for (NodeId id : block[0].ids)
      if (id != 0) TRY(released.push(id));
    pointer = block[0].previous;
  }
  return {};
}

Result<void> FileSystem::Core::open_header(const OpenOptions& options) {
  limits = options.limits;
  RingState ring;
  TRY(read_ring(*device, services.memory, ring));
  fell_back = ring.newest_is_damaged;
  SectorKeys keys;
  unsigned slot;
  const bool encrypted = is_encrypted(ring.header);
  if (encrypted) keys = TRY(unlock(ring.header, services.cryptography, options.password, slot));
  return open_at(ring.header, ring.start, encrypted ? &keys : nullptr);
}

Result<void> FileSystem::Core::open(const OpenOptions& options) {
  TRY(open_header(options));
  TRY(tree.read(root_node));
  end_reading();
  if (options.access == Access::read_only) return {};
  if (log_lost) return Error::damaged;
  writable = true;
  return finish_releases();
}

Result<void> FileSystem::Core::finish_releases() {
  while (!released.empty()) {
    const NodeId id = released.back();
    const auto removed = change(Reserve::removal, [&]() -> Result<void> {
      auto found = tree.modify(id);
      if (!found.ok() && found.error() == Error::not_found) return {};
      Block* block = TRY(std::move(found));
      if (block->as<Node>().links > 0) return {};  // it has a name: whoever wrote the list was wrong
      return remove_node(id, block);
    });
    TRY(Result<void>(removed.ok() ? Result<void>{} : Result<void>{removed.error()}));
    header_changed = true;
    released.pop();
  }
  return {};
}

Result<Owned<FileSystem>> FileSystem::open(BlockDevice& device, const Services& services,
                                           const OpenOptions& options) {
  auto core = TRY(Owned<Core>::make(services.memory, device, services));
  TRY(core->open(options));
  auto system = TRY(Owned<FileSystem>::make(services.memory, core.get()));
  core.release();
  return system;
}

FileSystem::~FileSystem() {
  if (core_->origin) core_->origin->space.unpin();
  Memory& memory = core_->services.memory;
  core_->~Core();
  memory.release(core_, sizeof(Core));
}

Result<Owned<FileSystem>> FileSystem::snapshot(const Services& services) {
  TRY(sync());
  auto core = TRY(Owned<Core>::make(services.memory, *core_->device, services));
  core->limits = core_->limits;
  TRY(core->open_at(core_->header, core_->start, core_->store.encrypted() ? &core_->store.keys() : nullptr));
  auto system = TRY(Owned<FileSystem>::make(services.memory, core.get()));
  core->origin = core_;
  core_->space.pin();
  core.release();
  return system;
}

bool FileSystem::fell_back() const {
  return core_->fell_back;
}

Usage FileSystem::usage() const {
  Usage usage{.blocks = core_->store.blocks(),
              .free_blocks = core_->space.free_blocks(),
              .generation = core_->header.generation,
              .uuid = {},
              .encrypted = core_->store.encrypted()};
  std::memcpy(usage.uuid.data(), core_->header.uuid, usage.uuid.size());
  return usage;
}

Result<void> FileSystem::sync() {
  const auto done = core_->commit();
  if (std::exchange(core_->has_deferred, false) && done.ok()) return core_->deferred;
  return done;
}

Result<void> FileSystem::add_password(ConstBytes password) {
  if (!core_->writable) return Error::read_only;
  if (!core_->store.encrypted() || !core_->services.cryptography) return Error::not_permitted;
  TRY(add_slot(core_->header, *core_->services.cryptography, password, core_->store.keys()));
  core_->header_changed = true;
  return sync();
}

Result<void> FileSystem::remove_password(ConstBytes password) {
  if (!core_->writable) return Error::read_only;
  if (!core_->store.encrypted()) return Error::not_permitted;
  Header& header = core_->header;
  unsigned slot;
  // The header on the device may be older than this one's keys; its hash must be what they are tried on.
  RingState ring;
  TRY(sync());
  TRY(read_ring(*core_->device, core_->services.memory, ring));
  (void)TRY(unlock(ring.header, core_->services.cryptography, password, slot));
  const KeySlot kept = header.keys[slot];
  header.keys[slot] = {};
  if (!is_encrypted(header)) {
    header.keys[slot] = kept;
    return Error::not_permitted;
  }
  core_->header_changed = true;
  return sync();
}

}  // namespace redoxfs
