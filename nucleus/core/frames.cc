// SPDX-License-Identifier: ISC

#include "boot_memory.h"
#include "buddy.h"
#include "frame_cache.h"

#include <nucleus/boot_info.h>
#include <nucleus/cpu.h>
#include <nucleus/frames.h>
#include <nucleus/locked.h>
#include <nucleus/memory_layout.h>
#include <nucleus/panic.h>

#include <arch/cpu.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

namespace nucleus {

namespace {

// Ranges with a smaller hole between them share a region: 16 MiB of hole costs 32 KiB of records.
constexpr std::uint64_t region_gap = std::uint64_t{16} << 20;

constinit Locked<Buddy, Rank::frames> the_frames;

struct alignas(64) CpuFrames {
  Locked<FrameCache, Rank::frame_cache> cache;
};
constinit std::array<CpuFrames, max_cpus> caches;
// False while the machine is set up, and on one with so little memory that no frame may be kept back.
constinit std::atomic<bool> caching{false};
constexpr std::size_t least_frames_to_cache = 4096;

// Charged pages, and how many may be. Behind the limit is a reserve for page tables.
constinit std::atomic<std::size_t> committed{0};
constinit std::atomic<std::size_t> commit_limit{0};

PhysRange reachable() {
  return {.start = {0}, .size = layout::direct_map_size};
}

PhysRange reachable_at_boot(const BootInfo& boot) {
  PhysRange range = boot.direct_mapped.size ? boot.direct_mapped : reachable();
  if (range.end().value > layout::direct_map_size) range.size = layout::direct_map_size - range.start.value;
  return range;
}

/// A page-aligned hole of `size` bytes in usable memory that the boot tables map and that `taken` does not
/// touch.
PhysRange find_room(const BootInfo& boot, std::uint64_t size) {
  PhysRange found{};
  for_each_usable_range(boot, reachable_at_boot(boot), [&](PhysRange part) {
    // The highest place is best: low memory is scarce on some machines.
    if (part.size >= size) found = {.start = part.end() - size, .size = size};
  });
  return found;
}

void reserve(BootInfo& boot, PhysRange range) {
  NUCLEUS_CHECK(boot.reserved_count < BootInfo::max_reserved_ranges);
  boot.reserved[boot.reserved_count++] = range;
}

/// Calls visit(first frame, count) for each region: runs of memory ranges with small gaps.
template <typename Visit>
void for_each_region(const BootInfo& boot, Visit&& visit) {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  const auto finish = [&] {
    if (end > start) visit(Frame::containing({start}), (end - start) >> page_shift);
  };
  for (unsigned i = 0; i < boot.memory_count; ++i) {
    const std::uint64_t first = align_up(boot.memory[i].start.value, page_size);
    const std::uint64_t last =
        std::min(align_down(boot.memory[i].end().value, page_size), layout::direct_map_size);
    if (first >= last) continue;
    if (end == 0 || first > end + region_gap) {
      finish();
      start = first;
    }
    end = last;
  }
  finish();
}

/// Calls function(FrameCache&) for this CPU, which keeps the thread meanwhile.
template <typename Function>
auto with_cache_here(Function&& function) {
  InterruptGuard stay;
  return caches[arch::this_cpu()->index].cache.with(function);
}

/// The frame is the caller's alone, so its record is not written by others; they may look at what it is used
/// for.
void mark(Frame frame, FrameUse use, std::uint32_t references) {
  FrameInfo& info = *frame_info(frame);
  std::atomic_ref{info.references}.store(references, std::memory_order_relaxed);
  std::atomic_ref{info.use}.store(use, std::memory_order_relaxed);
  info.extra = 0;
}

Result<Frame> allocate_cached(FrameUse use) {
  return with_cache_here([&](FrameCache& cache) -> Result<Frame> {
    if (cache.empty()) {
      the_frames.with([&](Buddy& buddy) {
        while (cache.count() < FrameCache::batch) {
          const auto frame = buddy.allocate(0, FrameUse::cached);
          if (!frame) break;
          cache.put(frame.value());
        }
      });
    }
    if (cache.empty()) return Error::out_of_memory;
    const Frame frame = cache.take();
    mark(frame, use, 1);
    return frame;
  });
}

void give_back_oldest(FrameCache& cache, std::size_t count) {
  the_frames.with([&](Buddy& buddy) {
    for (Frame frame : cache.oldest(count)) {
      check_poison(frame, 0);
      mark(frame, FrameUse::cached, 1);
      buddy.release(frame);
    }
  });
  cache.drop_oldest(count);
}

void release_cached(Frame frame) {
  with_cache_here([&](FrameCache& cache) {
    if (cache.full()) give_back_oldest(cache, FrameCache::batch);
    mark(frame, FrameUse::cached, 0);
    cache.put(frame);
  });
}

/// A single frame that nobody but the caller has a reference to.
bool is_lone(Frame frame) {
  FrameInfo* const info = frame_info(frame);
  NUCLEUS_CHECK(info != nullptr);
  return info->order == 0 && std::atomic_ref{info->references}.load(std::memory_order_acquire) == 1;
}

void empty_all_caches() {
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (!online_cpu(index)) continue;
    caches[index].cache.with([](FrameCache& cache) { give_back_oldest(cache, cache.count()); });
  }
}

void set_limit(std::size_t total) {
  const std::size_t reserve = std::max<std::size_t>(16, total / 128);
  commit_limit.store(total > reserve ? total - reserve : 0, std::memory_order_relaxed);
}

}  // namespace

void init_frames(BootInfo& boot) {
  for_each_region(boot, [&](Frame first, std::size_t count) {
    const PhysRange room = find_room(boot, align_up(count * sizeof(FrameInfo), page_size));
    NUCLEUS_CHECK(room.size > 0);
    reserve(boot, room);
    auto* infos = layout::direct(room.start).as<FrameInfo>();
    std::memset(static_cast<void*>(infos), 0, room.size);
    the_frames.with([&](Buddy& buddy) { buddy.add_region(first, count, infos); });
  });
  for_each_usable_range(boot, reachable_at_boot(boot), [](PhysRange part) {
    the_frames.with(
        [&](Buddy& buddy) { buddy.add_free(Frame::containing(part.start), part.size >> page_shift); });
  });
  set_limit(frame_counters().total);
}

void add_remaining_frames(const BootInfo& boot) {
  const PhysRange done = reachable_at_boot(boot);
  const PhysRange below{.start = {0}, .size = done.start.value};
  const PhysRange above{.start = done.end(), .size = layout::direct_map_size - done.end().value};
  for (const PhysRange rest : {below, above}) {
    for_each_usable_range(boot, rest, [](PhysRange part) {
      the_frames.with(
          [&](Buddy& buddy) { buddy.add_free(Frame::containing(part.start), part.size >> page_shift); });
    });
  }
  set_limit(frame_counters().total);
  caching.store(frame_counters().total >= least_frames_to_cache, std::memory_order_relaxed);
}

namespace {

Result<Frame> allocate_block(unsigned order, FrameUse use) {
  const bool may_be_cached = caching.load(std::memory_order_relaxed);
  if (order == 0 && may_be_cached) {
    if (auto frame = allocate_cached(use)) return frame;
  }
  auto frame = the_frames.with([&](Buddy& buddy) { return buddy.allocate(order, use); });
  if (frame || !may_be_cached) return frame;
  empty_all_caches();
  return the_frames.with([&](Buddy& buddy) { return buddy.allocate(order, use); });
}

}  // namespace

Result<Frame> allocate_frames(unsigned order, FrameUse use, Zeroed zeroed) {
  const Frame frame = TRY(allocate_block(order, use));
  if (zeroed == Zeroed::yes) std::memset(frame_memory(frame), 0, page_size << order);
  return frame;
}

void reference_frames(Frame frame) {
  the_frames.with([&](Buddy& buddy) { buddy.reference(frame); });
}

namespace {

/// True if that was the last reference.
bool release_block(Frame frame) {
  if (caching.load(std::memory_order_relaxed) && is_lone(frame)) {
    release_cached(frame);
    return true;
  }
  return the_frames.with([&](Buddy& buddy) { return buddy.release(frame); });
}

}  // namespace

void release_frames(Frame frame) {
  (void)release_block(frame);
}

void release_frames(std::span<const Frame> frames) {
  the_frames.with([&](Buddy& buddy) {
    for (Frame frame : frames) buddy.release(frame);
  });
}

void split_frames(Frame frame) {
  the_frames.with([&](Buddy& buddy) { buddy.split(frame); });
}

// Regions never change after boot, so the record is found without the lock.
FrameInfo* frame_info(Frame frame) {
  return the_frames.without_lock().info(frame);
}

Result<> commit(std::size_t pages) {
  const std::size_t limit = commit_limit.load(std::memory_order_relaxed);
  std::size_t now = committed.load(std::memory_order_relaxed);
  do {
    if (now > limit || pages > limit - now) return Error::out_of_memory;
  } while (!committed.compare_exchange_weak(now, now + pages, std::memory_order_relaxed));
  return {};
}

void commit_beyond_limit(std::size_t pages) {
  committed.fetch_add(pages, std::memory_order_relaxed);
}

void uncommit(std::size_t pages) {
  const std::size_t before = committed.fetch_sub(pages, std::memory_order_relaxed);
  NUCLEUS_CHECK(before >= pages);
}

FrameCounters frame_counters() {
  FrameCounters counters = the_frames.with(
      [](Buddy& buddy) { return FrameCounters{.total = buddy.total(), .free = buddy.free()}; });
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (online_cpu(index))
      counters.free += caches[index].cache.with([](FrameCache& cache) { return cache.count(); });
  }
  counters.committed = committed.load(std::memory_order_relaxed);
  counters.limit = commit_limit.load(std::memory_order_relaxed);
  return counters;
}

Result<Frame> allocate_kernel_frames(unsigned order, FrameUse use, Zeroed zeroed) {
  TRY(commit(std::size_t{1} << order));
  auto frame = allocate_frames(order, use, zeroed);
  if (!frame) uncommit(std::size_t{1} << order);
  return frame;
}

void free_kernel_frames(Frame frame) {
  const std::size_t pages = std::size_t{1} << frame_info(frame)->order;
  if (release_block(frame)) uncommit(pages);
}

}  // namespace nucleus
