// SPDX-License-Identifier: ISC

// mremap. A mapping is moved by moving its leaves: first a busy range is put where it goes, then leaves move
// over in rounds, with a flush after each, then the old range becomes the new one's.

#include "frame_list.h"
#include "program_memory.h"
#include "shootdown.h"

#include <arch/mmu.h>

#include <algorithm>

namespace nucleus::program_memory {

namespace {

struct Move {
  VirtAddr from{};
  std::uint64_t old_size = 0;
  VirtAddr to{};
  std::uint64_t new_size = 0;
};

/// The one range that holds [at, at + size). Errors: bad_address, busy, invalid_argument (it is shared).
Result<Range*> source(ProgramMemory& memory, VirtAddr at, std::uint64_t size) {
  Range* const range = memory.ranges.find(at);
  if (!range || range->end - at < size) return Error::bad_address;
  if (range->busy) return Error::busy;
  if (range->shared) return Error::invalid_argument;
  return range;
}

/// Makes the range longer where it is. Returns false if there is no room.
Result<bool> grow_in_place(ProgramMemory& memory, VirtAddr at, std::uint64_t old_size,
                           std::uint64_t new_size) {
  Range* const range = TRY(source(memory, at, old_size));
  const VirtAddr end = at + new_size;
  if (range->end != at + old_size) return false;
  if (new_size > memory.window.end() - at || memory.overlaps(range->end, end)) return false;
  if (range->charged) TRY(commit((new_size - old_size) >> page_shift));
  memory.resize(*range, end);
  memory.join(at, end);
  return true;
}

/// The charge, and a busy range at the target. The source becomes busy, in a range of its own.
Result<VirtAddr> claim_both(ProgramMemory& memory, const Move& move, bool choose) {
  TRY(memory.ensure_spares());
  const Range& range = *TRY(source(memory, move.from, move.old_size));
  const Access access = range.access;
  const Charging charging = range.charging;
  const bool charged = range.charged;
  VirtAddr to = move.to;
  if (choose) {
    // At the same place modulo 2 MiB, large pages move whole.
    const bool large = move.old_size >= large_page_size;
    const std::uint64_t alignment = large ? large_page_size : page_size;
    const auto found =
        memory.ranges.find_gap(memory.window, move.new_size, alignment, move.from.value & (alignment - 1));
    if (!found) return Error::out_of_memory;
    to = *found;
  } else if (memory.overlaps(to, to + move.new_size)) {
    return Error::busy;  // filled since the caller emptied it: once more
  }
  TRY(memory.cut(move.from, move.from + move.old_size));
  TRY(memory.table.prepare_move(move.from, to, std::min(move.old_size, move.new_size)));
  if (charged) TRY(commit(move.new_size >> page_shift));
  memory.ranges.find(move.from)->busy = true;
  TRY(memory.ensure_spares());
  memory.insert_new(to, to + move.new_size, access, charging, charged).busy = true;
  return to;
}

struct MoveSink {
  static constexpr std::size_t most_leaves = 2048;
  ProgramMemory& memory;
  const Move& move;
  FrameList& tables;
  std::size_t leaves = 0;

  bool leaf(VirtAddr at, const Leaf& leaf) {
    // Cannot fail: prepared.
    NUCLEUS_CHECK(memory.table.map(move.to + (at - move.from), leaf.frame, leaf.level, leaf.access).ok());
    return ++leaves < most_leaves;
  }
  void table(Frame frame) { tables.push(frame); }
};

void move_leaves(const Move& move) {
  const VirtAddr end = move.from + std::min(move.old_size, move.new_size);
  for (VirtAddr at = move.from; at < end;) {
    const VirtAddr start = at;
    FrameList tables;
    at = the_program_memory.with([&](ProgramMemory& memory) {
      MoveSink sink{.memory = memory, .move = move, .tables = tables};
      Result<VirtAddr> reached = memory.table.unmap(at, end - at, sink);
      NUCLEUS_CHECK(reached.ok());
      return reached.value();
    });
    arch::publish_page_table();
    flush_everywhere(start, (at - start) >> page_shift);
    uncommit(tables.release());
  }
}

Result<VirtAddr> move_mapping(Move move, bool choose) {
  move.to = TRY(with_program_memory([&](ProgramMemory& memory) { return claim_both(memory, move, choose); }));
  move_leaves(move);
  const PageCharge charge = the_program_memory.with(
      [&](ProgramMemory& memory) { return memory.ranges.find(move.from)->page_charge(); });
  // What does not fit any more.
  if (move.new_size < move.old_size)
    release_pages(move.from + move.new_size, move.from + move.old_size, charge);
  the_program_memory.with([&](ProgramMemory& memory) {
    memory.remove(*memory.ranges.find(move.from));
    memory.ranges.find(move.to)->busy = false;
    memory.join(move.to, move.to + move.new_size);
  });
  return move.to;
}

bool overlap(VirtAddr a, std::uint64_t a_size, VirtAddr b, std::uint64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

}  // namespace

Result<VirtAddr> remap(VirtAddr at, std::uint64_t old_size, std::uint64_t new_size, bool may_move,
                       VirtAddr fixed_target) {
  const std::uint64_t most = layout::program_window.size;
  if (!is_aligned(at.value | old_size | new_size | fixed_target.value, page_size))
    return Error::invalid_argument;
  if (old_size == 0 || new_size == 0 || old_size > most) return Error::invalid_argument;
  if (new_size > most) return Error::out_of_memory;

  if (fixed_target != VirtAddr{}) {
    if (!may_move || overlap(at, old_size, fixed_target, new_size)) return Error::invalid_argument;
    TRY(with_program_memory([&](ProgramMemory& memory) -> Result<bool> {
      TRY(source(memory, at, old_size));
      return true;
    }));
    TRY(unmap(fixed_target, new_size));
    return move_mapping({.from = at, .old_size = old_size, .to = fixed_target, .new_size = new_size}, false);
  }
  if (new_size <= old_size) {
    TRY(with_program_memory([&](ProgramMemory& memory) { return source(memory, at, old_size); }));
    if (new_size < old_size) TRY(unmap(at + new_size, old_size - new_size));
    return at;
  }
  const bool grown = TRY(with_program_memory(
      [&](ProgramMemory& memory) { return grow_in_place(memory, at, old_size, new_size); }));
  if (grown) return at;
  if (!may_move) return Error::out_of_memory;
  return move_mapping({.from = at, .old_size = old_size, .new_size = new_size}, true);
}

}  // namespace nucleus::program_memory
