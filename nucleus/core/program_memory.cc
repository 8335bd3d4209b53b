// SPDX-License-Identifier: ISC

#include "program_memory.h"

#include "frame_list.h"
#include "shootdown.h"
#include "window_sizes.h"

#include <nucleus/heap.h>
#include <nucleus/kernel_mapping.h>

namespace nucleus {

constinit Locked<ProgramMemory, Rank::mapping> the_program_memory;

void init_program_memory() {
  the_program_memory.with([](ProgramMemory& memory) {
    memory.table = ProgramPageTable{kernel_page_table_root()};
    memory.window = program_window_in_use();
  });
}

Result<> ProgramMemory::ensure_spares() {
  while (spare_count_ < spares_needed) {
    auto* made = new (std::nothrow) Range;
    if (!made) return Error::out_of_memory;
    spares_[spare_count_++] = made;
  }
  return {};
}

Range& ProgramMemory::take_spare() {
  NUCLEUS_CHECK(spare_count_ > 0);
  return *spares_[--spare_count_];
}

Result<> ProgramMemory::check_not_busy(VirtAddr start, VirtAddr end) const {
  for (Range* range = ranges.first_after(start); range && range->start < end; range = ranges.next(*range)) {
    if (range->busy) return Error::busy;
  }
  return {};
}

bool ProgramMemory::wholly_mapped(VirtAddr start, VirtAddr end) const {
  while (start < end) {
    const Range* const range = ranges.find(start);
    if (!range) return false;
    start = range->end;
  }
  return true;
}

bool ProgramMemory::overlaps(VirtAddr start, VirtAddr end) const {
  const Range* const range = ranges.first_after(start);
  return range && range->start < end;
}

void ProgramMemory::split_range(VirtAddr at) {
  Range* const range = ranges.find(at);
  if (!range || range->start == at) return;
  Range& upper = take_spare();
  upper = *range;
  upper.start = at;
  ranges.remove(*range);
  range->end = at;
  ranges.insert(*range);
  ranges.insert(upper);
}

Result<> ProgramMemory::cut(VirtAddr start, VirtAddr end) {
  TRY(table.split_at(start));
  TRY(table.split_at(end));
  split_range(start);
  split_range(end);
  return {};
}

Range& ProgramMemory::insert_new(VirtAddr start, VirtAddr end, Access access, Charging charging,
                                 bool charged) {
  Range& range = take_spare();
  range = {};
  range.start = start;
  range.end = end;
  range.access = access;
  range.charging = charging;
  range.charged = charged;
  ranges.insert(range);
  mapped += range.size();
  if (charged) charged_pages += range.pages();
  return range;
}

void ProgramMemory::remove(Range& range) {
  ranges.remove(range);
  mapped -= range.size();
  if (range.charged) {
    charged_pages -= range.pages();
    uncommit(range.pages());
  }
  if (spare_count_ < spares_needed)
    spares_[spare_count_++] = &range;
  else
    delete &range;
}

void ProgramMemory::resize(Range& range, VirtAddr end) {
  ranges.remove(range);
  mapped -= range.size();
  if (range.charged) charged_pages -= range.pages();
  range.end = end;
  mapped += range.size();
  if (range.charged) charged_pages += range.pages();
  ranges.insert(range);
}

void ProgramMemory::join(VirtAddr start, VirtAddr end) {
  Range* range = ranges.last_before(start);
  if (!range) range = ranges.first_after(start);
  while (range && range->start <= end) {
    Range* const following = ranges.next(*range);
    if (!following) return;
    if (range->end != following->start || !range->same_kind(*following)) {
      range = following;
      continue;
    }
    ranges.remove(*following);
    ranges.remove(*range);
    range->end = following->end;
    ranges.insert(*range);
    delete following;
  }
}

namespace {

/// What one round of emptying takes away: as much as keeps the lock for a moment only.
struct Batch {
  static constexpr std::size_t most_leaves = 2048;
  static constexpr std::size_t most_shared = 64;
  bool shared = false;
  FrameList frames;
  std::array<Frame, most_shared> shared_frames{};  // others may hold them, so they cannot be in a list
  FrameList tables;
  std::size_t leaves = 0;
  std::size_t pages = 0;
  VirtAddr first{};
  VirtAddr last{};

  bool leaf(VirtAddr at, const Leaf& leaf) {
    if (leaves == 0) first = at;
    last = at + level_size(leaf.level);
    pages += level_size(leaf.level) >> page_shift;
    if (shared) {
      shared_frames[leaves] = leaf.frame;
      return ++leaves < most_shared;
    }
    frames.push(leaf.frame);
    return ++leaves < most_leaves;
  }
  void table(Frame frame) { tables.push(frame); }
};

}  // namespace

void release_pages(VirtAddr start, VirtAddr end, PageCharge charge) {
  while (start < end) {
    Batch batch{.shared = charge == PageCharge::frame};
    start = the_program_memory.with([&](ProgramMemory& memory) {
      // Cannot fail: nothing sticks out of the range.
      Result<VirtAddr> reached = memory.table.unmap(start, end - start, batch);
      NUCLEUS_CHECK(reached.ok());
      memory.resident_pages -= batch.pages;
      return reached.value();
    });
    if (batch.leaves == 0) return;
    flush_everywhere(batch.first, (batch.last - batch.first) >> page_shift);
    batch.frames.release();
    if (batch.shared) {
      for (std::size_t i = 0; i < batch.leaves; ++i) free_kernel_frames(batch.shared_frames[i]);
    }
    uncommit(batch.tables.release() + (charge == PageCharge::page ? batch.pages : 0));
  }
}

}  // namespace nucleus
