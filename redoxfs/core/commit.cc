// SPDX-License-Identifier: ISC
//
// Core: operations, and how many of them become one generation on the device:
// data, barrier, header, barrier.
#include <algorithm>

#include "core/core.h"
#include "core/seahash.h"

namespace redoxfs {

void FileSystem::Core::begin_reading() {
  // What an image can make us read in one call is a small multiple of what it has.
  blocks.limit_reads(8 * (store.blocks() - std::min(store.blocks(), space.free_blocks())) + 65536);
}

void FileSystem::Core::end_reading() {
  blocks.end(limits.clean_blocks);
  content.trim(limits.clean_record_bytes);
}

void FileSystem::Core::begin_change(Reserve reserve) {
  begin_reading();
  root_before = tree.root();
  removed = 0;
  space.begin(reserve);
  blocks.begin();
  content.begin();
}

void FileSystem::Core::end_change() {
  space.end();
  if (removed != 0) content.forget(removed);
  end_reading();
  balance();
}

void FileSystem::Core::undo_change() {
  content.roll_back();
  blocks.roll_back();
  tree.root() = root_before;
  space.roll_back();
  end_reading();
}

void FileSystem::Core::balance() {
  Result<void> done;
  if (content.dirty_bytes() > limits.dirty_record_bytes) {
    const auto flushed = content.flush(limits.dirty_record_bytes / 2);
    if (!flushed.ok()) deferred = flushed.error(), has_deferred = true;
  }
  content.trim(limits.clean_record_bytes);
  if (blocks.dirty_count() > limits.dirty_blocks) {
    const auto committed = commit();
    if (!committed.ok()) deferred = committed.error(), has_deferred = true;
  }
}

bool FileSystem::Core::reclaim(Reserve reserve) {
  if (space.free_blocks() - space.available().count() < (reserve == Reserve::normal ? 32u : 1u)) return false;
  for (int i = 0; i < 2; i++) {
    header_changed = true;  // a generation of its own, even without a change
    if (const auto done = commit(); !done.ok()) {
      deferred = done.error();
      has_deferred = true;
      return false;
    }
  }
  return true;
}

Result<void> FileSystem::Core::bridge() {
  Header next = header;
  next.generation++;
  const auto write = [&]() -> Result<void> {
    TRY(store.write_header(next));
    return store.barrier();
  };
  if (const auto done = write(); !done.ok()) {
    failed = true;
    return done.error();
  }
  header = next;
  bridged = true;
  return {};
}

Result<void> FileSystem::Core::write_release_list(Header& next, Array<std::uint64_t>& chain) {
  for (std::uint64_t index : release_chain) TRY(space.release(index, 1));
  next.release = {};
  Array<ReleaseBlock> block(services.memory);
  TRY(block.resize(1));
  for (std::size_t at = 0; at < released.size();) {
    block[0] = {};
    block[0].previous = next.release;
    for (std::size_t i = 0; i < std::size(block[0].ids) && at < released.size(); i++)
      block[0].ids[i] = released[at++];
    TRY(chain.push(TRY(space.allocate(0))));
    next.release = BlockPointer::at(chain.back(), 0);
    next.release.hash = seahash(bytes_of(block[0]));
    TRY(store.write(chain.back(), bytes_of(block[0])));
  }
  return {};
}

/// All but what follows from success or failure.
Result<void> FileSystem::Core::write_generation() {
  Header next = header;
  next.generation++;
  Array<std::uint64_t> chain(services.memory);
  TRY(write_release_list(next, chain));
  TRY(blocks.write_dirty());
  next.tree = tree.root();
  if (const Block* root = blocks.dirty(next.tree.index())) next.tree.hash = root->hash;
  auto written = TRY(log.write(space, next.generation));
  next.log = written.newest;
  if (space.broken()) return Error::out_of_memory;
  // From here on a failure leaves open what is on the medium: then nothing may be written any more, for it
  // might fall upon what a header that did reach the medium refers to.
  failed = true;
  TRY(store.barrier());
  TRY(store.write_header(next));
  TRY(store.barrier());
  failed = false;
  tree.root() = next.tree;
  header = next;
  log.committed(written);
  release_chain = std::move(chain);
  blocks.committed();
  space.end();
  space.committed();
  header_changed = false;
  return {};
}

Result<void> FileSystem::Core::commit() {
  if (!changed()) return {};
  if (failed || space.broken()) return Error::io;
  TRY(content.flush(0));
  space.begin(Reserve::commit);
  const auto done = write_generation();
  if (!done.ok()) space.roll_back();
  blocks.end(limits.clean_blocks);
  content.trim(limits.clean_record_bytes);
  return done;
}

}  // namespace redoxfs
