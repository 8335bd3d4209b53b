// SPDX-License-Identifier: ISC
#pragma once

// ProgramMemory: the state behind address_space.h, one instance, under Rank::mapping.
//
// Emptying a range takes long, and frames may only be released after all TLBs are flushed, which needs the
// lock to be free. So it goes in three steps: mark the range busy; take leaves away in batches, flushing and
// releasing each without the lock; and remove or reuse the range. Whoever meets a busy range steps aside and
// tries again.

#include "page_table.h"
#include "range_tree.h"

#include <nucleus/locked.h>
#include <nucleus/thread.h>

#include <arch/page_format.h>

#include <array>
#include <cstdint>

namespace nucleus {

using ProgramPageTable = PageTable<arch::NativePageFormat>;

struct ProgramMemory {
  ProgramPageTable table;
  RangeTree ranges;
  layout::Window window{};
  std::uint64_t mapped = 0;         // bytes in ranges
  std::uint64_t charged_pages = 0;  // of charged ranges
  std::uint64_t resident_pages = 0;
  std::uint64_t faults = 0;

  /// Makes sure that cut() and insert_new() will find memory for as many ranges as one operation needs.
  /// Errors: out_of_memory.
  Result<> ensure_spares();

  /// Errors: busy (a busy range overlaps). Holes are fine.
  Result<> check_not_busy(VirtAddr start, VirtAddr end) const;
  bool wholly_mapped(VirtAddr start, VirtAddr end) const;
  bool overlaps(VirtAddr start, VirtAddr end) const;

  /// Splits the ranges, and large leaves, that stick out of [start, end). Needs ensure_spares().
  /// Errors: out_of_memory (no range was changed).
  Result<> cut(VirtAddr start, VirtAddr end);

  /// A new range. Needs ensure_spares().
  Range& insert_new(VirtAddr start, VirtAddr end, Access access, Charging charging, bool charged);
  /// Takes the range out and gives back its charge.
  void remove(Range& range);
  void resize(Range& range, VirtAddr end);
  /// Joins neighbours of one kind in and around [start, end).
  void join(VirtAddr start, VirtAddr end);

  /// Calls function(Range&) on each range in [start, end), which cut() was called for.
  template <typename Function>
  void for_each(VirtAddr start, VirtAddr end, Function&& function) {
    for (Range* range = ranges.first_after(start); range && range->start < end;) {
      Range* const following = ranges.next(*range);
      function(*range);
      range = following;
    }
  }

 private:
  static constexpr unsigned spares_needed = 3;
  Range& take_spare();
  void split_range(VirtAddr at);

  std::array<Range*, spares_needed> spares_{};
  unsigned spare_count_ = 0;
};

extern Locked<ProgramMemory, Rank::mapping> the_program_memory;

/// Called once, after init_kernel_mapping.
void init_program_memory();

/// Takes away and releases all pages of [start, end), which lies in one range that is busy or may be touched
/// meanwhile (discard). `charge`: the range's. Context: a thread, no lock held.
void release_pages(VirtAddr start, VirtAddr end, PageCharge charge);

/// Runs operation(ProgramMemory&) -> Result<T> under the lock, again and again while it returns Error::busy.
template <typename Operation>
auto with_program_memory(Operation&& operation) {
  for (;;) {
    auto result = the_program_memory.with(operation);
    if (result.ok() || result.error() != Error::busy) return result;
    yield();
  }
}

}  // namespace nucleus
