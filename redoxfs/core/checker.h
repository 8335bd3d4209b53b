// SPDX-License-Identifier: ISC
#pragma once

// Checker: one walk over everything that a file system has, and the repairs that follow from it.

#include <redoxfs/check.h>

#include "core/core.h"

namespace redoxfs {

class Checker {
 public:
  Checker(FileSystem::Core& core, const CheckOptions& options, CheckObserver& observer)
      : core_{core},
        options_{options},
        observer_{&observer},
        used_{core.services.memory},
        nodes_{core.services.memory},
        queue_{core.services.memory},
        fixes_{core.services.memory} {}

  /// Walks, reports, and fills result(). Errors: io, out_of_memory.
  Result<void> walk();
  const CheckResult& result() const { return result_; }

  /// Whether something of the structure is to be mended; else repair() only counts the free space anew.
  bool has_fixes() const { return !fixes_.empty(); }
  /// Makes everything free that walk() has not found in use, mends the structure, and commits. What falls
  /// vacant by that is only found by the next walk. Errors: io, no_space, out_of_memory.
  Result<void> repair();

 private:
  struct Info {
    std::uint32_t names;
    std::uint32_t links;
    std::uint16_t mode;
    bool reached;
    bool released;
  };
  enum class Action : std::uint8_t {
    clear_tree,  // `level`, `node` = any id below: forget a tree block
    forget_node,
    set_full,  // `level`, `node`, `value`
    rebuild_directory,
    remove_name,   // `node`, `value` = cursor of the entry
    cut_pointers,  // `node`, `value` = record, `level` = depth
    set_links,     // `value`
    set_blocks,    // `value`
    adopt,         // into lost+found
  };
  struct Fix {
    Action action;
    NodeId node;
    unsigned level;
    std::uint64_t value;
  };

  Result<void> replace_damaged_headers();
  void report(Problem problem, NodeId node, std::uint64_t position = 0, std::uint64_t count = 0);
  Result<void> mend(Action action, NodeId node, unsigned level = 0, std::uint64_t value = 0) {
    return fixes_.push({action, node, level, value});
  }
  /// Marks the pointer's blocks as used; false, and reported, when that cannot be.
  Result<bool> mark(BlockPointer pointer, NodeId node);
  /// The block, or null when it is damaged.
  Result<Block*> load(BlockPointer pointer, BlockKind kind);
  Result<bool> walk_tree(BlockPointer pointer, unsigned level, NodeId prefix);
  Result<void> walk_node(NodeId id, BlockPointer pointer, bool& there);
  Result<void> walk_file(NodeId id, const Node& node);
  Result<void> walk_records(NodeId id, const Node& node, BlockPointer pointer, unsigned depth,
                            std::uint64_t first, std::uint64_t& blocks, std::uint64_t& past);
  Result<void> walk_record(NodeId id, const Node& node, BlockPointer pointer, std::uint64_t number);
  struct Shape {
    std::uint64_t blocks = 0;
    std::uint32_t greatest = 0;
    bool damaged = false;
    bool disordered = false;
  };
  Result<void> walk_directory(NodeId id);
  Result<void> walk_entries(NodeId id, BlockPointer pointer, unsigned depth, std::uint32_t limit,
                            Shape& shape);
  Result<void> meet_name(NodeId directory, NodeId child, std::uint64_t cursor);
  Result<void> reach(NodeId from);
  Result<void> compare_space();
  Result<void> apply(const Fix& fix);
  Result<void> rebuild_directory(NodeId id);
  Result<void> gather(const BlockPointer& pointer, unsigned depth, Block* into);
  Result<void> adopt(NodeId id);
  Result<NodeId> lost_and_found();
  void step(std::uint64_t blocks);

  FileSystem::Core& core_;
  CheckOptions options_;
  CheckObserver* observer_;
  Extents used_;
  Map<Info> nodes_;
  Array<NodeId> queue_;
  Array<Fix> fixes_;
  CheckResult result_;
  std::uint64_t done_ = 0;
};

}  // namespace redoxfs
