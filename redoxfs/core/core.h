// SPDX-License-Identifier: ISC
#pragma once

// Core: what a FileSystem consists of, and how its operations become transactions.

#include <redoxfs/file_system.h>

#include "core/content.h"
#include "core/directory.h"
#include "core/log.h"

namespace redoxfs {

struct FileSystem::Core {
  Core(BlockDevice& the_device, const Services& the_services)
      : services{the_services},
        device{&the_device},
        store{the_device, services},
        space{services.memory},
        blocks{services.memory, store, space},
        tree{blocks},
        content{services, store, space, blocks, tree},
        directory{services.memory, blocks},
        log{services.memory, store},
        parents{services.memory},
        holds{services.memory},
        released{services.memory},
        release_chain{services.memory} {}

  Services services;
  BlockDevice* device;
  Store store;
  Space space;
  Blocks blocks;
  Tree tree;
  Content content;
  Directory directory;
  Log log;
  Map<NodeId> parents;                 ///< of the directories that were met
  Map<std::uint32_t> holds;            ///< node -> count
  Array<NodeId> released;              ///< without a name, but held: the release list
  Array<std::uint64_t> release_chain;  ///< its blocks on the device
  Header header{};                     ///< the newest durable one; the keys may be ahead of it
  NodeId removed = 0;                  ///< by the operation under way
  BlockPointer root_before{};          ///< the operation under way
  std::uint64_t start = 0;
  Limits limits;
  Core* origin = nullptr;  ///< of a snapshot
  Error deferred{};        ///< what a commit that nobody asked for has met, for the next sync()
  bool writable = false;
  bool fell_back = false;
  bool log_lost = false;  ///< the log is damaged: only a repair may write
  bool bridged = false;   ///< the two newest generations are whole
  bool failed = false;    ///< nothing more may be written
  bool has_deferred = false;
  bool header_changed = false;  ///< keys, or the release list

  /// Reads the header and the log, and unlocks. Errors: see FileSystem::open().
  Result<void> open(const OpenOptions& options);
  /// As open(), for reading; a damaged log sets log_lost.
  Result<void> open_header(const OpenOptions& options);
  /// As open_header(), on a generation that is known.
  Result<void> open_at(const Header& header, std::uint64_t start, const SectorKeys* keys);
  /// Removes the nodes that were held when the file system was last in use.
  Result<void> finish_releases();

  bool changed() const { return space.changed() || header_changed || content.dirty_bytes() > 0; }
  /// Makes all that has changed a new generation. Errors: io, no_space, damaged, out_of_memory.
  Result<void> commit();
  Result<void> write_generation();
  Result<void> write_release_list(Header& next, Array<std::uint64_t>& chain);
  /// Writes the newest header once more, as the next generation: see Space about the two newest generations.
  Result<void> bridge();
  /// After an operation: keeps memory within the limits.
  void balance();
  void begin_reading();
  void end_reading();

  Time now() { return services.clock.now(); }

  /// Runs body() as an operation that changes something. It is undone when body() fails; when what is missing
  /// is space that a commit or two would bring, it is tried once more after them.
  template <typename Body>
  auto change(Reserve reserve, Body body) -> decltype(body()) {
    if (!writable) return Error::read_only;
    if (failed || space.broken()) return Error::io;
    if (!bridged)
      if (const auto done = bridge(); !done.ok()) return done.error();
    for (int attempt = 0;; attempt++) {
      begin_change(reserve);
      auto result = body();
      if (result.ok()) {
        end_change();
        return result;
      }
      undo_change();
      if (result.error() != Error::no_space || attempt > 0 || !reclaim(reserve)) return result;
    }
  }
  void begin_change(Reserve reserve);
  void end_change();
  void undo_change();
  /// Commits until what was released is available. Whether anything was.
  bool reclaim(Reserve reserve);

  /// A node that is a directory, for reading.
  Result<Block*> directory_node(NodeId id);
  Result<Block*> make(NodeId directory_id, std::string_view name, std::uint16_t mode, std::uint32_t uid,
                      std::uint32_t gid, NodeId& id);
  /// Takes one link away; without any left, the node goes, now or at its last drop(). `block` may be
  /// modified.
  Result<void> remove_link(NodeId id, Block* block, bool& gone);
  Result<void> remove_node(NodeId id, Block* block);
  void touch(Node& node, bool content);
  void learn_parent(NodeId child, NodeId parent) { (void)parents.insert(child, parent); }
};

}  // namespace redoxfs
