// SPDX-License-Identifier: ISC

// Demand paging. The frame is allocated and zeroed without the lock, since 2 MiB take a while; then the
// situation is looked at again.

#include "program_memory.h"

#include <arch/mmu.h>

namespace nucleus {

namespace {

// Around a touched page, others are likely to be touched soon: so many come at once where the range allows.
constexpr unsigned small_order = 0;
constexpr unsigned cluster_order = 4;

// A range this large gets 2 MiB pages, while that leaves a good part of memory for others.
constexpr std::uint64_t large_range_size = 2 * large_page_size;

bool permits(Access access, FaultKind kind) {
  switch (kind) {
    case FaultKind::read:
      return access.read;
    case FaultKind::write:
      return access.write;
    case FaultKind::execute:
      return access.execute;
    default:
      return false;
  }
}

bool plenty_free() {
  const FrameCounters counters = frame_counters();
  return counters.free > counters.total / 4;
}

/// True if the aligned block of 2^order pages around `at` lies in the range, and no page of it is there.
bool block_fits(const ProgramMemory& memory, const Range& range, VirtAddr at, unsigned order) {
  const std::uint64_t size = page_size << order;
  const VirtAddr start{align_down(at.value, size)};
  if (start < range.start || start + size > range.end) return false;
  if (order == large_page_order) return memory.table.is_vacant(start, 1);
  bool empty = true;
  memory.table.visit(start, size, [&](VirtAddr, const Leaf&) { empty = false; });
  return empty;
}

unsigned choose_order(const ProgramMemory& memory, const Range& range, VirtAddr at) {
  if (!range.charged) return small_order;
  if (range.size() >= large_range_size && block_fits(memory, range, at, large_page_order) && plenty_free())
    return large_page_order;
  return block_fits(memory, range, at, cluster_order) ? cluster_order : small_order;
}

/// What a fault at `at` needs.
struct Need {
  program_memory::FaultOutcome outcome = program_memory::FaultOutcome::resolved;
  bool page = false;  // else the outcome stands
  unsigned order = 0;
  bool charged = false;
};

/// Errors: busy.
Result<Need> look(ProgramMemory& memory, VirtAddr at, FaultKind kind) {
  using enum program_memory::FaultOutcome;
  const Range* const range = memory.ranges.find(at);
  if (!range) return Need{.outcome = not_mapped};
  if (range->busy) return Error::busy;
  if (!permits(range->access, kind)) return Need{.outcome = not_permitted};
  // Another CPU was first, or this CPU's TLB remembers fewer rights than there are now.
  if (Leaf leaf; memory.table.find(at, leaf)) return Need{.outcome = resolved};
  if (range->shared) return Need{.outcome = out_of_memory};
  return Need{.page = true, .order = choose_order(memory, *range, at), .charged = range->charged};
}

/// Maps the block if the situation is still as `need` says; else returns false.
Result<bool> install(ProgramMemory& memory, VirtAddr at, Frame block, const Need& need) {
  Range* const range = memory.ranges.find(at);
  if (!range || range->busy || range->shared || range->charged != need.charged || range->access.none())
    return false;
  if (!block_fits(memory, *range, at, need.order)) return false;
  const VirtAddr start{align_down(at.value, page_size << need.order)};
  if (need.order == large_page_order) {
    TRY(memory.table.map(start, block, 1, range->access));
  } else {
    // Only the first can need a table: they share one.
    TRY(memory.table.map(start, block, 0, range->access));
    split_frames(block);
    for (std::uint64_t i = 1; i < (std::uint64_t{1} << need.order); ++i)
      NUCLEUS_CHECK(memory.table.map(start + i * page_size, {block.number + i}, 0, range->access).ok());
  }
  memory.resident_pages += std::uint64_t{1} << need.order;
  ++memory.faults;
  arch::publish_page_table();
  return true;
}

/// A block of the order that is needed, or of a smaller one, to which `need` is changed.
Result<Frame> allocate_for(Need& need) {
  Result<Frame> block = allocate_frames(need.order, FrameUse::program, Zeroed::yes);
  if (block || need.order == small_order) return block;
  need.order = need.order > cluster_order ? cluster_order : small_order;
  return allocate_for(need);
}

}  // namespace

program_memory::FaultOutcome program_memory::handle_fault(VirtAddr at, FaultKind kind) {
  const VirtAddr page{align_down(at.value, page_size)};
  for (;;) {
    Result<Need> looked =
        with_program_memory([&](ProgramMemory& memory) { return look(memory, page, kind); });
    Need need = looked.value();
    if (!need.page) {
      if (need.outcome == FaultOutcome::resolved) arch::flush_tlb(page, 1);
      return need.outcome;
    }
    if (!need.charged && !commit(1)) return FaultOutcome::out_of_memory;
    const Result<Frame> block = allocate_for(need);
    if (!block) {
      if (!need.charged) uncommit(1);
      return FaultOutcome::out_of_memory;
    }
    const Result<bool> installed = the_program_memory.with(
        [&](ProgramMemory& memory) { return install(memory, page, block.value(), need); });
    if (installed.ok() && installed.value()) return FaultOutcome::resolved;
    release_frames(block.value());
    if (!need.charged) uncommit(1);
    if (!installed.ok()) return FaultOutcome::out_of_memory;
  }
}

}  // namespace nucleus
