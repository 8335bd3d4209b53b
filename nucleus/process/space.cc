// SPDX-License-Identifier: ISC

#include "space.h"

#include "space_numbers.h"

#include <core/kernel_pages.h>
#include <core/shootdown.h>

#include <nucleus/cpu.h>
#include <nucleus/kernel_mapping.h>

#include <arch/cpu.h>
#include <arch/user.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace nucleus {
namespace {

constexpr std::size_t copied_from_kernel = 256;  // entries of the root: the upper half

bool is_refused(VirtAddr at, std::uint64_t pages, Access rights) {
  return !is_user_range(at, pages) || (rights.write && rights.execute);
}

Access for_user(Access rights) {
  if (rights.none()) return access_none;
  return {.read = true, .write = rights.write, .execute = rights.execute, .user = true};
}

bool permits(Access rights, FaultKind kind) {
  switch (kind) {
    case FaultKind::read:
      return rights.read;
    case FaultKind::write:
      return rights.write;
    case FaultKind::execute:
      return rights.execute;
    default:
      return false;
  }
}

std::uint64_t bit_of(unsigned cpu) {
  return std::uint64_t{1} << cpu;
}

}  // namespace

constinit std::array<Space*, max_cpus> Space::loaded_{};

/// What one round of unmapping takes: so much as fits on the stack.
struct Space::Removal {
  static constexpr std::size_t most = 128;
  std::array<std::uint64_t, most> frames;  // their numbers, as far as they are counted
  std::size_t count = 0;
  std::array<std::uint64_t, most> tables;
  std::size_t table_count = 0;
  std::size_t wanted = most;  // there are no more

  bool leaf(VirtAddr, const Leaf& leaf) {
    frames[count++] = leaf.frame.number;
    return count < wanted && count < most && table_count + 1 < most;
  }
  void table(Frame frame) { tables[table_count++] = frame.number; }
  void release() {
    for (std::size_t i = 0; i < count; ++i) free_kernel_frames(Frame{frames[i]});
    for (std::size_t i = 0; i < table_count; ++i) release_table(Frame{tables[i]});
  }
};

Result<Ref<Space>> Space::create() {
  TRY(commit(1));
  uncommit(1);  // page tables are charged without asking
  auto* const space = new (std::nothrow) Space;
  if (!space) return Error::out_of_memory;
  Ref<Space> made = Ref<Space>::adopt(space);
  space->table_ = TRY(Table::create());
  if constexpr (arch::user_root_holds_kernel) {
    const auto table = [](PhysAddr at) {
      return static_cast<std::uint64_t*>(frame_memory(Frame::containing(at)));
    };
    std::copy_n(table(kernel_page_table_root()) + copied_from_kernel, copied_from_kernel,
                table(space->table_.root()) + copied_from_kernel);
  }
  space->tables_ = 1;
  return made;
}

Space::~Space() {
  if (table_.root() == PhysAddr{}) return;
  clear();
  release_table(Frame::containing(table_.root()));
}

void Space::clear() {
  MutexGuard guard{mutex_};
  if (std::exchange(cleared_, true)) return;
  take_away({user_start}, user_end - user_start);
  // The tables above are empty. They are released when no CPU can be walking them any more.
  for (bool done = false; !done;) {
    Removal removal;
    done = table_.take_tables({0}, user_end, [&](Frame table) {
      removal.table(table);
      return removal.table_count < Removal::most;
    });
    if (removal.table_count == 0) break;
    flush({user_start}, (user_end - user_start) >> page_shift);
    removal.release();
  }
  tables_ = 1;
}

/// Takes over a reference to the frame, on success. Under the lock.
Result<> Space::add(VirtAddr at, Frame frame, Access rights) {
  TRY(table_.map(at, frame, 0, for_user(rights)));
  pages_.fetch_add(1, std::memory_order_relaxed);
  tables_.store(table_.table_count(), std::memory_order_relaxed);
  return {};
}

/// Under the lock.
void Space::take_away(VirtAddr at, std::uint64_t size) {
  const VirtAddr end = at + size;
  while (at < end && pages_.load(std::memory_order_relaxed) > 0) {
    Removal removal;
    removal.wanted = pages_.load(std::memory_order_relaxed);
    const VirtAddr start = at;
    Result<VirtAddr> reached = table_.unmap(at, end - at, removal);
    NUCLEUS_CHECK(reached.ok());  // single pages only: nothing is split
    at = reached.value();
    if (removal.count == 0) return;
    flush(start, (at - start) >> page_shift);
    removal.release();
    pages_.fetch_sub(removal.count, std::memory_order_relaxed);
    tables_.store(table_.table_count(), std::memory_order_relaxed);
  }
}

/// After page-table entries were taken away or lost rights: no CPU remembers them when it returns.
void Space::flush(VirtAddr at, std::size_t pages) {
  constexpr std::size_t all_is_cheaper = 64;
  {
    InterruptGuard stay;
    // load() sets its bit, and then reads the page table.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const std::uint64_t self = bit_of(arch::this_cpu()->index);
    const std::uint64_t holders = holders_.load();
    if ((holders & self) != 0) pages > all_is_cheaper ? arch::flush_tlb_all() : arch::flush_tlb(at, pages);
    if ((holders & ~self) == 0) return;
  }
  flush_everywhere(at, pages);
}

/// Under the lock.
void Space::made_executable(VirtAddr at, std::size_t pages) {
  table_.visit(at, pages * page_size, [](VirtAddr, const Leaf& leaf) {
    arch::write_back_instructions(frame_memory(leaf.frame), page_size);
  });
  code_generation_.fetch_add(1, std::memory_order_release);
}

Result<> Space::map(VirtAddr at, std::size_t pages, Access rights) {
  if (is_refused(at, pages, rights)) return Error::invalid_argument;
  // The tables that this may take are charged later without asking, so they are asked for here.
  const std::size_t tables = pages / Table::entry_count + 4;
  TRY(commit(pages + tables));
  uncommit(tables);
  MutexGuard guard{mutex_};
  const auto add_fresh = [&](VirtAddr here) -> Result<> {
    const Frame frame = TRY(allocate_frames(0, FrameUse::process, Zeroed::yes));
    Result<> added = add(here, frame, rights);
    if (!added) release_frames(frame);
    return added;
  };
  // Seen before the first is made: other threads of the process may write to a page as soon as it is there,
  // and so it cannot be taken away again.
  Result<> added;
  if (cleared_) added = Error::not_found;
  if (table_.next(at, pages * page_size)) added = Error::exists;
  std::size_t done = 0;
  while (added && done < pages) {
    added = add_fresh(at + done * page_size);
    if (added) ++done;
  }
  uncommit(pages - done);
  arch::publish_page_table();
  if (rights.execute) made_executable(at, pages);
  return added;
}

Result<std::size_t> Space::share_locked(Space& to, VirtAddr at, VirtAddr to_at, std::size_t pages,
                                        Access rights) {
  if (to.cleared_ || cleared_) return Error::not_found;
  std::size_t count = 0;
  Result<> added;
  table_.visit(at, pages * page_size, [&](VirtAddr here, const Leaf& leaf) {
    if (!added) return;
    reference_frames(leaf.frame);
    added = to.add(to_at + (here - at), leaf.frame, rights);
    if (added)
      ++count;
    else
      free_kernel_frames(leaf.frame);
  });
  if (!added) return added.error();
  return count;
}

Result<std::size_t> Space::share(Space& from, VirtAddr at, Space& to, VirtAddr to_at, std::size_t pages,
                                 Access rights) {
  if (is_refused(to_at, pages, rights) || !is_user_range(at, pages)) return Error::invalid_argument;
  const bool same = &from == &to;
  if (same && at < to_at + pages * page_size && to_at < at + pages * page_size)
    return Error::invalid_argument;
  const std::size_t tables = pages / Table::entry_count + 4;
  TRY(commit(tables));
  uncommit(tables);
  MutexGuard first{&from < &to ? from.mutex_ : to.mutex_};
  std::optional<MutexGuard> second;
  if (!same) second.emplace(&from < &to ? to.mutex_ : from.mutex_);
  bool occupied = false;
  to.table_.visit(to_at, pages * page_size, [&](VirtAddr, const Leaf&) { occupied = true; });
  if (occupied) return Error::exists;
  auto count = from.share_locked(to, at, to_at, pages, rights);
  if (!count) to.take_away(to_at, pages * page_size);
  arch::publish_page_table();
  if (rights.execute) to.made_executable(to_at, pages);
  return count;
}

Result<> Space::protect(VirtAddr at, std::size_t pages, Access rights) {
  if (is_refused(at, pages, rights)) return Error::invalid_argument;
  MutexGuard guard{mutex_};
  const bool lost = TRY(table_.protect(at, pages * page_size, for_user(rights)));
  arch::publish_page_table();
  if (lost) flush(at, pages);
  if (rights.execute) made_executable(at, pages);
  return {};
}

Result<> Space::unmap(VirtAddr at, std::size_t pages) {
  if (!is_user_range(at, pages)) return Error::invalid_argument;
  MutexGuard guard{mutex_};
  take_away(at, pages * page_size);
  return {};
}

Result<> Space::unshare(VirtAddr at, Access rights) {
  if (is_refused(at, 1, rights)) return Error::invalid_argument;
  MutexGuard guard{mutex_};
  Leaf leaf;
  if (!table_.find(at, leaf)) return Error::not_found;
  // Only the holder of the one reference could make it two.
  if (std::atomic_ref{frame_info(leaf.frame)->references}.load() > 1) {
    const Frame copy = TRY(allocate_kernel_frames(0, FrameUse::process, Zeroed::no));
    std::memcpy(frame_memory(copy), frame_memory(leaf.frame), page_size);
    table_.lift(at);
    flush(at, 1);
    NUCLEUS_CHECK(table_.map(at, copy, 0, for_user(rights)).ok());  // its table is there
    free_kernel_frames(leaf.frame);
  } else {
    if (TRY(table_.protect(at, page_size, for_user(rights)))) flush(at, 1);
  }
  arch::publish_page_table();
  if (rights.execute) made_executable(at, 1);
  return {};
}

/// Calls copy(bytes, done, count) for the parts of the range, page by page, as far as they are mapped so.
/// Returns how far that was. The lock is held throughout, so that no page goes away meanwhile.
template <typename Copy>
std::size_t Space::for_each_part(VirtAddr at, std::size_t size, FaultKind kind, Copy copy) {
  if (at.value < user_start || at.value >= user_end) return 0;
  size = std::min<std::uint64_t>(size, user_end - at.value);
  MutexGuard guard{mutex_};
  std::size_t done = 0;
  while (done < size) {
    const VirtAddr here = at + done;
    const std::size_t inside = here.value & (page_size - 1);
    const std::size_t count = std::min(size - done, page_size - inside);
    Leaf leaf;
    if (!table_.find({here.value - inside}, leaf) || !permits(leaf.access, kind)) break;
    copy(static_cast<std::byte*>(frame_memory(leaf.frame)) + inside, done, count);
    done += count;
  }
  return done;
}

std::size_t Space::copy_in(VirtAddr at, void* to, std::size_t size) {
  return for_each_part(at, size, FaultKind::read, [&](std::byte* bytes, std::size_t done, std::size_t count) {
    std::memcpy(static_cast<std::byte*>(to) + done, bytes, count);
  });
}

std::size_t Space::copy_out(VirtAddr at, const void* from, std::size_t size) {
  return for_each_part(at, size, FaultKind::write,
                       [&](std::byte* bytes, std::size_t done, std::size_t count) {
                         std::memcpy(bytes, static_cast<const std::byte*>(from) + done, count);
                       });
}

Result<Space::Page> Space::query(VirtAddr at) {
  MutexGuard guard{mutex_};
  Leaf leaf;
  if (!is_user_range(at, 1) || !table_.find(at, leaf)) return Error::not_found;
  return Page{.rights = leaf.access,
              .shared = std::atomic_ref{frame_info(leaf.frame)->references}.load() > 1};
}

Result<VirtAddr> Space::next(VirtAddr at, std::size_t pages) {
  if (!is_user_range(at, pages)) return Error::invalid_argument;
  MutexGuard guard{mutex_};
  return table_.next(at, pages * page_size);
}

bool Space::allows(VirtAddr at, FaultKind kind) {
  if (at.value < user_start || at.value >= user_end) return false;
  MutexGuard guard{mutex_};
  Leaf leaf;
  return table_.find({align_down(at.value, page_size)}, leaf) && permits(leaf.access, kind);
}

void Space::replace_loaded(unsigned index) {
  Space* const before = std::exchange(loaded_[index], this);
  add_reference();
  holders_.fetch_or(bit_of(index));
  const unsigned tag = space_tag(number_);
  arch::load_user_space(table_.root(), tag);
  if (!before) return;
  // Without tags, what it remembered went with the load.
  if (arch::address_space_tags() <= 1) before->holders_.fetch_and(~bit_of(index));
  if (before->drop_reference()) delete before;
}

void Space::unload() {
  const unsigned index = arch::this_cpu()->index;
  Space* const before = std::exchange(loaded_[index], nullptr);
  if (!before) return;
  arch::unload_user_space();
  if (arch::address_space_tags() <= 1) before->holders_.fetch_and(~bit_of(index));
  if (before->drop_reference()) delete before;
}

}  // namespace nucleus
