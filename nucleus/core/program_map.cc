// SPDX-License-Identifier: ISC

// The mmap family but for remap. Each operation decodes its arguments (changing nothing), then performs.

#include "program_memory.h"
#include "shootdown.h"

#include <arch/mmu.h>

namespace nucleus::program_memory {

namespace {

/// A page-aligned, non-empty range inside of the program window.
struct Request {
  VirtAddr start{};
  VirtAddr end{};
  std::uint64_t size() const { return end - start; }
};

Result<std::uint64_t> decode_size(std::uint64_t size) {
  if (size == 0 || !is_aligned(size, page_size)) return Error::invalid_argument;
  if (size > layout::program_window.size) return Error::out_of_memory;
  return size;
}

/// Errors: invalid_argument (not aligned or empty), `outside` (not in the window).
Result<Request> decode_range(VirtAddr at, std::uint64_t size, Error outside) {
  if (!is_aligned(at.value, page_size) || !is_aligned(size, page_size) || size == 0)
    return Error::invalid_argument;
  const layout::Window window = the_program_memory.without_lock().window;
  if (!window.contains(at) || size > window.end() - at) return outside;
  return Request{.start = at, .end = at + size};
}

Result<> decode_access(Access access) {
  if (access.write && access.execute) return Error::invalid_argument;
  return {};
}

std::uint64_t pages_of(std::uint64_t size) {
  return size >> page_shift;
}

/// Marks what overlaps the request busy, so that its pages can be released. Returns whether there is
/// anything.
Result<bool> claim(ProgramMemory& memory, const Request& request) {
  TRY(memory.check_not_busy(request.start, request.end));
  if (!memory.overlaps(request.start, request.end)) return false;
  TRY(memory.cut(request.start, request.end));
  memory.for_each(request.start, request.end, [](Range& range) { range.busy = true; });
  return true;
}

enum class SharedPages : bool { go, stay };

/// Releases the pages of claimed ranges. The ranges stay, busy.
void empty_claimed(const Request& request, SharedPages shared_pages = SharedPages::go) {
  struct Part {
    VirtAddr start{};
    VirtAddr end{};
    PageCharge charge = PageCharge::page;
    bool busy = false;
  };
  for (VirtAddr at = request.start; at < request.end;) {
    const Part part = the_program_memory.with([&](ProgramMemory& memory) -> Part {
      const Range* const range = memory.ranges.first_after(at);
      if (!range || range->start >= request.end) return {.start = request.end, .end = request.end};
      return {.start = range->start, .end = range->end, .charge = range->page_charge(), .busy = range->busy};
    });
    // What somebody maps into a hole meanwhile is not ours.
    const bool stays = shared_pages == SharedPages::stay && part.charge == PageCharge::frame;
    if (part.busy && !stays) release_pages(part.start, part.end, part.charge);
    at = part.end;
  }
}

void remove_claimed(ProgramMemory& memory, const Request& request) {
  memory.for_each(request.start, request.end, [&](Range& range) {
    if (range.busy) memory.remove(range);
  });
}

/// Where a mapping of any place goes. Errors: out_of_memory.
Result<VirtAddr> choose_place(const ProgramMemory& memory, VirtAddr hint, std::uint64_t size) {
  const VirtAddr wanted{align_down(hint.value, page_size)};
  if (memory.window.contains(wanted) && size <= memory.window.end() - wanted &&
      !memory.overlaps(wanted, wanted + size))
    return wanted;
  const std::uint64_t alignment = size >= large_page_size ? large_page_size : page_size;
  if (auto found = memory.ranges.find_gap(memory.window, size, alignment)) return *found;
  if (auto found = memory.ranges.find_gap(memory.window, size, page_size)) return *found;
  return Error::out_of_memory;
}

struct NewMapping {
  Access access{};
  Charging charging = Charging::whole;
  bool charged = false;
  bool shared = false;
  bool may_write = true;
};

void insert(ProgramMemory& memory, const Request& at, const NewMapping& mapping) {
  Range& range = memory.insert_new(at.start, at.end, mapping.access, mapping.charging, mapping.charged);
  range.shared = mapping.shared;
  range.may_write = mapping.may_write;
  memory.join(at.start, at.end);
}

Result<VirtAddr> map_anywhere(VirtAddr hint, std::uint64_t size, const NewMapping& mapping) {
  return with_program_memory([&](ProgramMemory& memory) -> Result<VirtAddr> {
    TRY(memory.ensure_spares());
    const VirtAddr at = TRY(choose_place(memory, hint, size));
    insert(memory, {at, at + size}, mapping);
    return at;
  });
}

Result<VirtAddr> map_fixed(const Request& request, Placement placement, const NewMapping& mapping) {
  for (;;) {
    const bool claimed = TRY(with_program_memory([&](ProgramMemory& memory) -> Result<bool> {
      TRY(memory.ensure_spares());
      if (placement == Placement::fixed_if_free && memory.overlaps(request.start, request.end))
        return Error::exists;
      const bool found = TRY(claim(memory, request));
      if (!found) insert(memory, request, mapping);
      return found;
    }));
    if (!claimed) return request.start;
    empty_claimed(request);
    // Removing ranges leaves a spare for the new one. Another thread may have filled a hole meanwhile: once
    // more then.
    const bool inserted = the_program_memory.with([&](ProgramMemory& memory) {
      remove_claimed(memory, request);
      if (memory.overlaps(request.start, request.end)) return false;
      insert(memory, request, mapping);
      return true;
    });
    if (inserted) return request.start;
  }
}

/// What changing the rights of the claimed ranges takes beyond their charge, in pages.
std::uint64_t uncharged_pages(ProgramMemory& memory, const Request& request) {
  std::uint64_t pages = 0;
  memory.for_each(request.start, request.end, [&](Range& range) {
    if (range.charged || range.charging != Charging::whole) return;
    const VirtAddr start = range.start > request.start ? range.start : request.start;
    const VirtAddr end = range.end < request.end ? range.end : request.end;
    pages += pages_of(end - start);
  });
  return pages;
}

/// Pages of the range that are there.
std::uint64_t touched_pages(const ProgramMemory& memory, const Range& range) {
  std::uint64_t pages = 0;
  memory.table.visit(range.start, range.size(),
                     [&](VirtAddr, const Leaf& leaf) { pages += pages_of(level_size(leaf.level)); });
  return pages;
}

void set_access(ProgramMemory& memory, Range& range, Access access) {
  range.access = access;
  if (!access.write || range.charged || range.charging != Charging::whole) return;
  // The whole range was charged just now; what had been touched was charged before.
  uncommit(touched_pages(memory, range));
  range.charged = true;
  memory.charged_pages += range.pages();
}

/// Errors: access_denied (a shared range there must not be written).
Result<> check_may_write(ProgramMemory& memory, const Request& request) {
  bool denied = false;
  for (Range* range = memory.ranges.first_after(request.start); range && range->start < request.end;
       range = memory.ranges.next(*range))
    denied = denied || !range->may_write;
  if (denied) return Error::access_denied;
  return {};
}

Result<VirtAddr> map_new(VirtAddr hint, std::uint64_t size, Placement placement, const NewMapping& mapping) {
  TRY(decode_size(size));
  TRY(decode_access(mapping.access));
  Request request{};
  if (placement != Placement::anywhere) request = TRY(decode_range(hint, size, Error::out_of_memory));

  if (mapping.charged) TRY(commit(pages_of(size)));
  Result<VirtAddr> at = placement == Placement::anywhere ? map_anywhere(hint, size, mapping)
                                                         : map_fixed(request, placement, mapping);
  if (!at && mapping.charged) uncommit(pages_of(size));
  return at;
}

}  // namespace

Result<VirtAddr> map(VirtAddr hint, std::uint64_t size, Access access, Placement placement,
                     Charging charging) {
  return map_new(
      hint, size, placement,
      {.access = access, .charging = charging, .charged = access.write && charging == Charging::whole});
}

Result<VirtAddr> map_shared(VirtAddr hint, std::uint64_t size, Access access, bool may_write,
                            Placement placement) {
  return map_new(hint, size, placement,
                 {.access = access, .charging = Charging::on_touch, .shared = true, .may_write = may_write});
}

Result<> install_shared(VirtAddr at, std::span<const Frame> frames) {
  return with_program_memory([&](ProgramMemory& memory) -> Result<> {
    const Range* const range = memory.ranges.find(at);
    const std::uint64_t size = frames.size() << page_shift;
    // Somebody may have unmapped it meanwhile.
    if (!range || !range->shared || range->end - at < size) return Error::not_found;
    if (range->busy) return Error::busy;
    bool vacant = true;
    memory.table.visit(at, size, [&](VirtAddr, const Leaf&) { vacant = false; });
    if (!vacant) return Error::exists;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      reference_frames(frames[i]);
      if (auto mapped = memory.table.map(at + i * page_size, frames[i], 0, range->access); !mapped) {
        free_kernel_frames(frames[i]);  // not the last reference: the caller has one
        return mapped.error();
      }
      ++memory.resident_pages;
    }
    arch::publish_page_table();
    return {};
  });
}

Result<> unmap(VirtAddr at, std::uint64_t size) {
  const Request request = TRY(decode_range(at, size, Error::invalid_argument));
  const bool claimed = TRY(with_program_memory([&](ProgramMemory& memory) -> Result<bool> {
    TRY(memory.ensure_spares());
    return claim(memory, request);
  }));
  if (!claimed) return {};
  empty_claimed(request);
  the_program_memory.with([&](ProgramMemory& memory) { remove_claimed(memory, request); });
  return {};
}

Result<> protect(VirtAddr at, std::uint64_t size, Access access) {
  TRY(decode_access(access));
  const Request request = TRY(decode_range(at, size, Error::out_of_memory));
  const bool lost = TRY(with_program_memory([&](ProgramMemory& memory) -> Result<bool> {
    if (!memory.wholly_mapped(request.start, request.end)) return Error::out_of_memory;
    TRY(memory.check_not_busy(request.start, request.end));
    if (access.write) TRY(check_may_write(memory, request));
    TRY(memory.ensure_spares());
    const std::uint64_t more = access.write ? uncharged_pages(memory, request) : 0;
    TRY(commit(more));
    if (auto done = memory.cut(request.start, request.end); !done) {
      uncommit(more);
      return done.error();
    }
    memory.for_each(request.start, request.end, [&](Range& range) { set_access(memory, range, access); });
    // Cannot fail: nothing sticks out.
    const Result<bool> lost_rights = memory.table.protect(request.start, request.size(), access);
    NUCLEUS_CHECK(lost_rights.ok());
    memory.join(request.start, request.end);
    arch::publish_page_table();
    return lost_rights.value();
  }));
  if (lost) flush_everywhere(request.start, pages_of(request.size()));
  return {};
}

Result<> discard(VirtAddr at, std::uint64_t size) {
  const Request request = TRY(decode_range(at, size, Error::out_of_memory));
  TRY(with_program_memory([&](ProgramMemory& memory) -> Result<> {
    if (!memory.wholly_mapped(request.start, request.end)) return Error::out_of_memory;
    TRY(memory.ensure_spares());
    TRY(claim(memory, request));
    return {};
  }));
  empty_claimed(request, SharedPages::stay);
  the_program_memory.with([&](ProgramMemory& memory) {
    memory.for_each(request.start, request.end, [](Range& range) { range.busy = false; });
    memory.join(request.start, request.end);
  });
  return {};
}

bool is_mapped(VirtAddr at, std::uint64_t size) {
  if (at + size < at) return false;
  return the_program_memory.with([&](ProgramMemory& memory) { return memory.wholly_mapped(at, at + size); });
}

Result<Mapping> query(VirtAddr at) {
  return the_program_memory.with([&](ProgramMemory& memory) -> Result<Mapping> {
    const Range* const range = memory.ranges.first_after(at);
    if (!range) return Error::not_found;
    return Mapping{.start = range->start, .size = range->size(), .access = range->access};
  });
}

Counters counters() {
  return the_program_memory.with([](ProgramMemory& memory) {
    return Counters{.mapped = memory.mapped,
                    .charged = memory.charged_pages << page_shift,
                    .resident = memory.resident_pages << page_shift,
                    .faults = memory.faults,
                    .mappings = memory.ranges.count()};
  });
}

}  // namespace nucleus::program_memory
