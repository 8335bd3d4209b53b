// SPDX-License-Identifier: ISC
#pragma once

// PageTable<Format>: the one page-table walker, over every architecture's entries. Leaves are 4 KiB (level 0)
// or 2 MiB (level 1). A leaf whose rights are taken away altogether is *parked*: an entry that the hardware
// takes for absent, but that still names its frame. Callers flush TLBs, before they let go of what was
// unmapped.
//
// Invariants: no leaf is writable and executable; a level-0 table without entries is freed at once, higher
// tables stay (so a top-level slot, once filled, stays the same in every address space that copied it).
//
// Context: the caller serialises all calls on one table. Two PageTables may share a root, under different
// locks, if their parts of the map are 1 GiB apart and the top level is filled (fill_slots).

#include <nucleus/address.h>
#include <nucleus/frames.h>
#include <nucleus/panic.h>
#include <nucleus/result.h>

#include <arch/mmu.h>

#include <atomic>
#include <cstdint>

namespace nucleus {

constexpr std::uint64_t level_size(unsigned level) {
  return page_size << (9 * level);
}

/// A leaf as found.
struct Leaf {
  Frame frame{};
  unsigned level = 0;
  Access access{};  // none: parked
};

template <typename Format>
class PageTable {
 public:
  static constexpr unsigned entry_count = 512;

  constexpr PageTable() = default;
  explicit PageTable(PhysAddr root) : root_{root} {}

  /// A table without entries. Errors: out_of_memory.
  static Result<PageTable> create() { return PageTable{TRY(new_table())}; }

  PhysAddr root() const { return root_; }
  /// Frames that the tables take, the root included.
  std::size_t table_count() const { return table_count_; }

  /// Makes one leaf; what is there must be absent (Error::exists). `at` and `frame` are aligned to the level.
  /// Errors: out_of_memory, exists.
  Result<> map(VirtAddr at, Frame frame, unsigned level, Access access,
               MemoryType type = MemoryType::normal) {
    NUCLEUS_CHECK(is_aligned(at.value, level_size(level)) &&
                  is_aligned(frame.address().value, level_size(level)));
    NUCLEUS_CHECK(!(access.write && access.execute));
    const Place place = TRY(reach(at, level));
    if (read(place) != 0) return Error::exists;
    write(place, make_entry(frame.address(), level, access, type));
    return {};
  }

  /// Fills the slots of `level` that cover the range with tables. Errors: out_of_memory.
  Result<> fill_slots(VirtAddr at, std::uint64_t size, unsigned level) {
    const std::uint64_t first = at.value / level_size(level);
    const std::uint64_t last = (at.value + (size - 1)) / level_size(level);
    for (std::uint64_t slot = first; slot <= last; ++slot) {
      const Place place = TRY(reach({slot * level_size(level)}, level));
      if (read(place) == 0) TRY(add_table(place));
    }
    return {};
  }

  /// The leaf that maps `at`, parked or not. Returns false if there is none.
  bool find(VirtAddr at, Leaf& leaf) const {
    const Place place = lowest(at);
    const std::uint64_t entry = read(place);
    if (entry == 0) return false;
    leaf = decode(entry, place.level);
    return true;
  }

  /// Takes away every leaf in the range and calls sink.leaf(at, leaf) for it, until that returns false; a
  /// table that becomes empty goes to sink.table(frame), to be released after a flush. Leaves that stick out
  /// of the range are split first. Returns the address reached: at + size if all is done. Errors:
  /// out_of_memory (no frame to split with; what came before is removed).
  template <typename Sink>
  Result<VirtAddr> unmap(VirtAddr at, std::uint64_t size, Sink& sink) {
    VirtAddr touched = at;  // in the table that lost leaves last
    const auto remove = [&](VirtAddr here, const Place& place, std::uint64_t entry) {
      if (align_down(touched.value, level_size(1)) != align_down(here.value, level_size(1)))
        retire_if_empty(touched, sink);
      touched = here;
      write(place, 0);
      return sink.leaf(here, decode(entry, place.level));
    };
    Result<VirtAddr> end = for_each_leaf(at, size, remove);
    retire_if_empty(touched, sink);
    return end;
  }

  /// Makes a leaf of level 0 that is there absent, but keeps its table, so that another can be mapped in its
  /// place without memory.
  void lift(VirtAddr at) {
    const Place place = lowest(at);
    NUCLEUS_CHECK(place.level == 0);
    write(place, 0);
  }

  /// Gives every leaf in the range `access`. Returns whether a leaf lost a right, so that TLBs must be
  /// flushed. Errors: out_of_memory (no frame to split with).
  Result<bool> protect(VirtAddr at, std::uint64_t size, Access access) {
    NUCLEUS_CHECK(!(access.write && access.execute));
    bool lost = false;
    TRY(for_each_leaf(at, size, [&](VirtAddr, const Place& place, std::uint64_t entry) {
      const Access old = decode(entry, place.level).access;
      lost |= (old.read && !access.read) || (old.write && !access.write) || (old.execute && !access.execute);
      write(place, make_entry(address_of(entry), place.level, access, MemoryType::normal));
      return true;
    }));
    return lost;
  }

  /// Hands every table below the root to sink(frame), until that returns false, of the top-level slots that
  /// cover the range; no leaf may be there. They are to be released after a flush. Returns true if all are
  /// taken.
  template <typename Sink>
  bool take_tables(VirtAddr at, std::uint64_t size, Sink&& sink) {
    constexpr unsigned top = Format::levels() - 1;
    for (std::uint64_t done = 0; done < size; done += level_size(top)) {
      if (!take_subtree({root_, Format::index(at + done, top), top}, sink)) return false;
    }
    return true;
  }

  /// True if the slot of `level` that covers `at` holds nothing, neither leaf nor table.
  bool is_vacant(VirtAddr at, unsigned level) const {
    const Place place = lowest(at);
    return place.level >= level && read(place) == 0;
  }

  /// Makes sure that each leaf in [from, from + size) can be mapped at the same distance from `to` without
  /// memory: splits large leaves unless the distance is a multiple of their size, and makes tables. Leaves
  /// stick out of neither range. Errors: out_of_memory.
  Result<> prepare_move(VirtAddr from, VirtAddr to, std::uint64_t size) {
    const bool keep_large = is_aligned(to.value - from.value, level_size(1));
    for (std::uint64_t done = 0; done < size;) {
      const VirtAddr here = from + done;
      const Place place = lowest(here);
      const bool present = read(place) != 0;
      if (present && place.level > 0 && !keep_large) {
        TRY(split(here, place));
        continue;
      }
      if (present) TRY(reach(to + done, place.level));
      done += level_size(place.level) - (here.value & (level_size(place.level) - 1));
    }
    return {};
  }

  /// Splits the 2 MiB leaf across `at`, if there is one, so that a range can start or end there. Errors:
  /// out_of_memory.
  Result<> split_at(VirtAddr at) {
    const Place place = lowest(at);
    if (place.level == 0 || read(place) == 0 || is_aligned(at.value, level_size(place.level))) return {};
    return split(at, place);
  }

  /// Calls visit(VirtAddr, Leaf) on every leaf in the range, in order.
  template <typename Visit>
  void visit(VirtAddr at, std::uint64_t size, Visit&& visit) const {
    for (std::uint64_t done = 0; done < size;) {
      const VirtAddr here = at + done;
      const Place place = lowest(here);
      const std::uint64_t entry = read(place);
      if (entry != 0) visit({align_down(here.value, level_size(place.level))}, decode(entry, place.level));
      const std::uint64_t entries = entry != 0 ? 1 : absent_entries(place);
      done += entries * level_size(place.level) - (here.value & (level_size(place.level) - 1));
    }
  }

  /// The address of the first leaf in the range. Errors: not_found.
  Result<VirtAddr> next(VirtAddr at, std::uint64_t size) const {
    for (std::uint64_t done = 0; done < size;) {
      const VirtAddr here = at + done;
      const Place place = lowest(here);
      if (read(place) != 0) return VirtAddr{align_down(here.value, level_size(place.level))};
      done += absent_entries(place) * level_size(place.level) - (here.value & (level_size(place.level) - 1));
    }
    return Error::not_found;
  }

 private:
  // An entry's place: in the table at `table`, of `level`.
  struct Place {
    PhysAddr table{};
    unsigned index = 0;
    unsigned level = 0;
  };

  // A parked leaf: bit 0 clear, which every architecture takes for "not present"; bit 1 set, so that it is
  // not zero.
  static constexpr std::uint64_t parked_bit = 2;
  static constexpr std::uint64_t parked_address = 0x000f'ffff'ffff'f000;
  static_assert(!Format::is_present(parked_bit));

  static bool is_parked(std::uint64_t entry) { return !Format::is_present(entry) && entry != 0; }
  static std::uint64_t make_entry(PhysAddr at, unsigned level, Access access, MemoryType type) {
    return access.none() ? at.value | parked_bit : Format::make_leaf(at, level, access, type);
  }
  static PhysAddr address_of(std::uint64_t entry) {
    return is_parked(entry) ? PhysAddr{entry & parked_address} : Format::address(entry);
  }
  static Leaf decode(std::uint64_t entry, unsigned level) {
    return {.frame = Frame::containing(address_of(entry)),
            .level = level,
            .access = is_parked(entry) ? access_none : Format::access(entry)};
  }
  static bool is_table(std::uint64_t entry, unsigned level) {
    return level > 0 && Format::is_present(entry) && !Format::is_leaf(entry, level);
  }

  static std::uint64_t* slot(const Place& place) {
    return static_cast<std::uint64_t*>(frame_memory(Frame::containing(place.table))) + place.index;
  }
  // Another CPU's walker reads the tables at any time: each entry is written at once, after what it points
  // to.
  static std::uint64_t read(const Place& place) {
    return std::atomic_ref{*slot(place)}.load(std::memory_order_relaxed);
  }
  /// Keeps count of a level-0 table's entries in its frame record. An emptied table stays for its caller to
  /// free.
  static void write(const Place& place, std::uint64_t entry) {
    std::uint64_t& old = *slot(place);
    if (place.level == 0) {
      FrameInfo& info = *frame_info(Frame::containing(place.table));
      info.extra = static_cast<std::uint16_t>(info.extra + (entry != 0) - (old != 0));
    }
    std::atomic_ref{old}.store(entry, std::memory_order_release);
  }

  static Result<PhysAddr> new_table() {
    const Frame frame = TRY(allocate_frames(0, FrameUse::page_table, Zeroed::yes));
    commit_beyond_limit(1);
    return frame.address();
  }
  Result<> add_table(const Place& place) {
    const PhysAddr made = TRY(new_table());
    ++table_count_;
    write(place, Format::make_table(made));
    return {};
  }

  /// The place for an entry of `level` for `at`, making tables on the way. Errors: out_of_memory, exists (a
  /// larger leaf).
  Result<Place> reach(VirtAddr at, unsigned level) {
    Place place{.table = root_, .index = 0, .level = Format::levels() - 1};
    for (;; --place.level) {
      place.index = Format::index(at, place.level);
      if (place.level == level) return place;
      std::uint64_t entry = read(place);
      if (entry == 0) {
        TRY(add_table(place));
        entry = read(place);
      }
      if (!is_table(entry, place.level)) return Error::exists;
      place.table = Format::address(entry);
    }
  }

  /// The place where the walk for `at` ends: a leaf, or an absent entry of any level.
  Place lowest(VirtAddr at) const {
    Place place{.table = root_, .index = 0, .level = Format::levels() - 1};
    for (;; --place.level) {
      place.index = Format::index(at, place.level);
      const std::uint64_t entry = read(place);
      if (!is_table(entry, place.level)) return place;
      place.table = Format::address(entry);
    }
  }

  /// How many entries of its table are absent from an absent one on.
  static std::uint64_t absent_entries(const Place& place) {
    std::uint64_t* const first = slot(place);
    std::uint64_t count = 1;
    while (place.index + count < entry_count &&
           std::atomic_ref{first[count]}.load(std::memory_order_relaxed) == 0)
      ++count;
    return count;
  }

  /// Replaces the 2 MiB leaf at `place` by a table of 4 KiB leaves with the same rights, and its block by
  /// single frames.
  Result<> split(VirtAddr at, const Place& place) {
    const Leaf leaf = decode(read(place), place.level);
    const PhysAddr made = TRY(new_table());
    ++table_count_;
    Place small{.table = made, .index = 0, .level = 0};
    for (; small.index < entry_count; ++small.index)
      write(small,
            make_entry(leaf.frame.address() + small.index * page_size, 0, leaf.access, MemoryType::normal));
    split_frames(leaf.frame);
    // The old translation must be gone before one of another size comes ("break before make"). Who touches
    // the page meanwhile faults, waits for the caller's lock, and finds it mapped.
    write(place, 0);
    arch::flush_tlb({align_down(at.value, level_size(place.level))}, entry_count);
    write(place, Format::make_table(made));
    return {};
  }

  /// Calls function(at, place, entry) on each leaf in the range, splitting those that stick out, until it
  /// returns false. Returns the address reached.
  template <typename Function>
  Result<VirtAddr> for_each_leaf(VirtAddr at, std::uint64_t size, Function&& function) {
    for (std::uint64_t done = 0; done < size;) {
      const VirtAddr here = at + done;
      const Place place = lowest(here);
      const std::uint64_t span = level_size(place.level);
      const std::uint64_t entry = read(place);
      if (entry == 0) {
        done += absent_entries(place) * span - (here.value & (span - 1));
        continue;
      }
      if (!is_aligned(here.value, span) || size - done < span) {
        TRY(split(here, place));
        continue;
      }
      done += span;
      if (!function(here, place, entry)) return at + done;
    }
    return at + size;
  }

  template <typename Sink>
  bool take_subtree(const Place& place, Sink& sink) {
    const std::uint64_t entry = read(place);
    if (!is_table(entry, place.level)) return true;
    const PhysAddr table = Format::address(entry);
    for (unsigned index = 0; place.level > 1 && index < entry_count; ++index) {
      if (!take_subtree({table, index, place.level - 1}, sink)) return false;
    }
    write(place, 0);
    --table_count_;
    return sink(Frame::containing(table));
  }

  /// Hands the level-0 table that covers `at` to the sink, if there is one without entries.
  template <typename Sink>
  void retire_if_empty(VirtAddr at, Sink& sink) {
    Place place{
        .table = root_, .index = Format::index(at, Format::levels() - 1), .level = Format::levels() - 1};
    for (; place.level > 1; --place.level) {
      const std::uint64_t entry = read(place);
      if (!is_table(entry, place.level)) return;
      place.table = Format::address(entry);
      place.index = Format::index(at, place.level - 1);
    }
    const std::uint64_t entry = read(place);
    if (!is_table(entry, 1)) return;
    const Frame table = Frame::containing(Format::address(entry));
    if (frame_info(table)->extra > 0) return;
    write(place, 0);
    --table_count_;
    sink.table(table);
  }

  PhysAddr root_{};
  std::size_t table_count_ = 1;
};

}  // namespace nucleus
