// SPDX-License-Identifier: ISC
#pragma once

// check(): reads all of a file system and tells what is wrong with it; repairs it where that is asked for.

#include <redoxfs/file_system.h>

namespace redoxfs {

enum class Problem : std::uint8_t {
  header,           ///< the newest header is damaged: the one before is used
  log,              ///< the allocator log cannot be read, or contradicts itself
  tree,             ///< a block of the tree of nodes is damaged: `count` ids are lost
  tree_flag,        ///< the tree is wrong about where ids are free
  node,             ///< a node is damaged
  directory,        ///< a part of a directory is damaged: names are lost
  directory_order,  ///< a directory is not in the order of its hashes: names may not be found
  name,             ///< a directory has a name of a node that is not there, or a second name of a directory
  pointers,         ///< an indirect block is damaged: `count` records are lost
  record,           ///< the data of a file is damaged, at byte `position`: reading it fails. Not repaired
  double_use,       ///< `count` blocks at `position` are used a second time
  free_in_use,      ///< `count` blocks are in use and counted as free
  links,            ///< a node's count of links is wrong
  nameless,         ///< a node has no name: repair puts it into /lost+found
  size,             ///< a node is wrong about how many blocks it has
  leak,             ///< harmless: `count` blocks are neither in use nor free
  past_end,         ///< harmless: a file has `count` records past its end
};

/// A short English phrase.
const char* describe(Problem problem);
/// Whether nothing is wrong but space wasted; the reference implementation leaves such things behind.
constexpr bool harmless(Problem problem) {
  return problem == Problem::leak || problem == Problem::past_end;
}

struct Finding {
  Problem problem;
  NodeId node = 0;             ///< that it is about, or 0
  std::uint64_t position = 0;  ///< a block or a byte, as the problem says
  std::uint64_t count = 0;
};

class CheckObserver {
 public:
  virtual void found(const Finding& finding) = 0;
  /// Bytes of data and metadata that were read, of about how many.
  virtual void progress(std::uint64_t, std::uint64_t) {}

 protected:
  ~CheckObserver() = default;
};

enum class CheckData : std::uint8_t { skip, verify };
enum class Repair : std::uint8_t { no, yes };

struct CheckOptions {
  ConstBytes password = {};
  CheckData data = CheckData::verify;  ///< skip: only metadata
  Repair repair = Repair::no;
};

struct CheckResult {
  std::uint64_t files = 0;
  std::uint64_t directories = 0;
  std::uint64_t others = 0;
  std::uint64_t blocks_used = 0;
  std::uint64_t blocks_free = 0;
  std::uint64_t blocks_leaked = 0;
  std::uint64_t problems = 0;    ///< that are not harmless
  std::uint64_t unrepaired = 0;  ///< of them, those that are there still: without a repair, all
};

/// Memory: 32 bytes a node, and what the free and the used space take as extents.
/// Errors: as FileSystem::open(), but for a damaged log; io, out_of_memory, no_space (no room to repair in).
Result<CheckResult> check(BlockDevice& device, const Services& services, const CheckOptions& options,
                          CheckObserver& observer);

}  // namespace redoxfs
