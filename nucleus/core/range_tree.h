// SPDX-License-Identifier: ISC
#pragma once

// RangeTree: the address-range list. Disjoint ranges in order of address, as a treap (a search tree by
// address that is a heap by a pseudo-random priority) whose nodes also know the largest gap below them, so
// that both "what is here" and "where is room" take logarithmic time. It does not own its ranges. Pure: no
// lock, no memory.

#include <nucleus/address.h>
#include <nucleus/address_space.h>
#include <nucleus/memory_layout.h>

#include <cstdint>
#include <optional>

namespace nucleus {

/// Who has paid for a page that is there, and so is paid back when it goes.
enum class PageCharge : std::uint8_t {
  range,  // the range, whole
  page,   // each page by itself, when it was touched
  frame,  // whoever allocated the frame: the charge goes with the frame's last reference
};

/// A range of program addresses with one kind of mapping.
struct Range {
  VirtAddr start{};
  VirtAddr end{};
  Access access{};
  Charging charging = Charging::whole;
  bool charged = false;   // all of its pages are paid for; else each is when it is touched
  bool shared = false;    // its pages belong to a file too; what is not there cannot be touched
  bool may_write = true;  // of a shared one: whether protect may allow it
  bool busy = false;      // somebody is emptying or moving it: nobody else may use or change it

  PageCharge page_charge() const {
    if (shared) return PageCharge::frame;
    return charged ? PageCharge::range : PageCharge::page;
  }
  std::uint64_t size() const { return end - start; }
  std::uint64_t pages() const { return size() >> page_shift; }
  bool contains(VirtAddr at) const { return at >= start && at < end; }
  bool same_kind(const Range& other) const {
    return access == other.access && charging == other.charging && charged == other.charged &&
           shared == other.shared && may_write == other.may_write && !busy && !other.busy;
  }

 private:
  friend class RangeTree;
  Range* left_ = nullptr;
  Range* right_ = nullptr;
  std::uint64_t priority_ = 0;
  // Of the subtree.
  VirtAddr first_{};
  VirtAddr last_{};
  std::uint64_t largest_gap_ = 0;
};

class RangeTree {
 public:
  /// The range that contains `at`; null if none does.
  Range* find(VirtAddr at) const;
  /// The first range that ends after `at`; null if there is none.
  Range* first_after(VirtAddr at) const;
  /// The last range that ends at or before `at`; null if there is none.
  Range* last_before(VirtAddr at) const;
  /// The range after this one.
  Range* next(const Range& range) const { return first_after(range.end); }

  /// `range` overlaps none that is in.
  void insert(Range& range);
  void remove(Range& range);

  /// The lowest address in `window` where `size` bytes are free and address % alignment == offset.
  std::optional<VirtAddr> find_gap(layout::Window window, std::uint64_t size, std::uint64_t alignment,
                                   std::uint64_t offset = 0) const;

  std::size_t count() const { return count_; }

 private:
  struct Split {
    Range* low;
    Range* high;
  };
  static void update(Range& node);
  static Split split(Range* node, VirtAddr at);
  static Range* merge(Range* low, Range* high);

  Range* root_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace nucleus
