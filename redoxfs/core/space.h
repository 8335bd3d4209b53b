// SPDX-License-Identifier: ISC
#pragma once

// Space: which blocks may be allocated, and what the transaction under way has taken and given back.
//
// A block that an older generation uses is not free when it is released: the transaction that releases it
// becomes generation n, and the block is available when the header of n + 1 is durable. So at any time the
// two newest generations are whole, and a damaged newest header costs one generation and nothing else. Blocks
// that the transaction itself allocated come back at once, for no durable header knows them.
//
// begin() to end() encloses an operation; roll_back() undoes all since begin().

#include "core/extents.h"
#include "core/format.h"

namespace redoxfs {

/// How far into the last blocks an allocation may go.
enum class Reserve : std::uint8_t {
  normal,   ///< leaves room to remove things
  removal,  ///< leaves room for a commit
  commit,   ///< may take all
};

class Space {
 public:
  explicit Space(Memory& memory)
      : available_{memory},
        fresh_{memory},
        released_{memory},
        released_before_{memory},
        held_{memory},
        events_{memory} {}

  /// Errors: no_space, out_of_memory.
  Result<std::uint64_t> allocate(unsigned level);
  /// Errors: damaged (these blocks are free already: the image refers to them twice), out_of_memory.
  Result<void> release(std::uint64_t index, std::uint64_t count);
  /// Gives back the upper part of a block that this transaction allocated.
  void shrink(std::uint64_t index, unsigned from_level, unsigned to_level);
  /// Gives back all of what this transaction allocated. Not within an operation.
  void give_back(std::uint64_t index, std::uint64_t count);
  bool can_allocate(unsigned level) const;
  /// Whether the block may be given out: then nothing may refer to it.
  bool has_free(std::uint64_t index) const { return available_.touches({index, 1}); }

  void begin(Reserve reserve) {
    reserve_ = reserve;
    active_ = true;
    events_.clear();
  }
  void end() { active_ = false; }
  void roll_back();
  /// Memory ran out halfway through a change: what is said here is wrong, and must not reach the device.
  bool broken() const { return broken_; }

  /// The header of the transaction is durable.
  void committed();
  /// For repair: forgets everything; available() is then for the caller to fill.
  void start_over() {
    available_.clear();
    fresh_.clear();
    released_.clear();
    released_before_.clear();
    held_.clear();
  }
  /// While pinned, nothing that was released becomes available.
  void pin() { pins_++; }
  void unpin();

  /// Free blocks, as the next generation's log will tell.
  std::uint64_t free_blocks() const {
    return available_.count() + released_.count() + released_before_.count() + held_.count();
  }
  bool changed() const { return fresh_.count() + released_.count() > 0; }

  Extents& available() { return available_; }
  const Extents& available() const { return available_; }
  const Extents& fresh() const { return fresh_; }
  const Extents& released() const { return released_; }
  const Extents& released_before() const { return released_before_; }
  const Extents& held() const { return held_; }

 private:
  enum class Change : std::uint8_t { allocated, released_fresh, released_old };
  struct Event {
    Extent extent;
    Change change;
  };
  Result<void> note(Extent extent, Change change) {
    if (!active_) return {};
    return events_.push({extent, change});
  }
  std::uint64_t kept_back() const;
  static void move(Extents& from, Extents& to);
  /// For changes of sets that can fail for want of memory alone.
  Result<void> must(Result<void> done) {
    broken_ |= !done.ok();
    return done.ok() ? Result<void>{} : Result<void>{done.error()};
  }

  Extents available_;
  Extents fresh_;            // allocated by this transaction
  Extents released_;         // by this transaction, of older generations
  Extents released_before_;  // by the transaction before
  Extents held_;             // longer ago, but a snapshot may use it
  Array<Event> events_;
  Reserve reserve_ = Reserve::normal;
  bool active_ = false;
  bool broken_ = false;
  unsigned pins_ = 0;
};

}  // namespace redoxfs
