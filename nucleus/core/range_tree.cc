// SPDX-License-Identifier: ISC

#include "range_tree.h"

#include <nucleus/panic.h>

#include <algorithm>

namespace nucleus {

namespace {

// The priority only has to look unrelated to the order of addresses.
std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 31;
  value *= 0x7fb5'd329'728e'a185;
  value ^= value >> 27;
  value *= 0x81da'def4'bc2d'd44d;
  return value ^ (value >> 33);
}

/// The first fitting address in [low, high).
std::optional<VirtAddr> fit(VirtAddr low, VirtAddr high, std::uint64_t size, std::uint64_t alignment,
                            std::uint64_t offset) {
  const std::uint64_t at = align_up(low.value - offset, alignment) + offset;
  if (at >= low.value && at <= high.value && high.value - at >= size) return VirtAddr{at};
  return std::nullopt;
}

}  // namespace

Range* RangeTree::find(VirtAddr at) const {
  Range* node = root_;
  while (node && !node->contains(at)) node = at < node->start ? node->left_ : node->right_;
  return node;
}

Range* RangeTree::first_after(VirtAddr at) const {
  Range* found = nullptr;
  for (Range* node = root_; node;) {
    if (node->end > at) {
      found = node;
      node = node->left_;
    } else {
      node = node->right_;
    }
  }
  return found;
}

Range* RangeTree::last_before(VirtAddr at) const {
  Range* found = nullptr;
  for (Range* node = root_; node;) {
    if (node->end <= at) {
      found = node;
      node = node->right_;
    } else {
      node = node->left_;
    }
  }
  return found;
}

void RangeTree::update(Range& node) {
  node.first_ = node.left_ ? node.left_->first_ : node.start;
  node.last_ = node.right_ ? node.right_->last_ : node.end;
  node.largest_gap_ = 0;
  if (node.left_) node.largest_gap_ = std::max(node.left_->largest_gap_, node.start - node.left_->last_);
  if (node.right_)
    node.largest_gap_ =
        std::max({node.largest_gap_, node.right_->largest_gap_, node.right_->first_ - node.end});
}

RangeTree::Split RangeTree::split(Range* node, VirtAddr at) {
  if (!node) return {nullptr, nullptr};
  if (node->start < at) {
    const Split parts = split(node->right_, at);
    node->right_ = parts.low;
    update(*node);
    return {node, parts.high};
  }
  const Split parts = split(node->left_, at);
  node->left_ = parts.high;
  update(*node);
  return {parts.low, node};
}

Range* RangeTree::merge(Range* low, Range* high) {
  if (!low) return high;
  if (!high) return low;
  if (low->priority_ > high->priority_) {
    low->right_ = merge(low->right_, high);
    update(*low);
    return low;
  }
  high->left_ = merge(low, high->left_);
  update(*high);
  return high;
}

void RangeTree::insert(Range& range) {
  NUCLEUS_ASSERT(range.start < range.end);
  range.left_ = range.right_ = nullptr;
  range.priority_ = mix(range.start.value >> page_shift);
  update(range);
  const Split parts = split(root_, range.start);
  root_ = merge(merge(parts.low, &range), parts.high);
  ++count_;
}

void RangeTree::remove(Range& range) {
  const Split low = split(root_, range.start);
  const Split high = split(low.high, range.start + 1);
  NUCLEUS_CHECK(high.low == &range);
  root_ = merge(low.low, high.high);
  --count_;
}

std::optional<VirtAddr> RangeTree::find_gap(layout::Window window, std::uint64_t size,
                                            std::uint64_t alignment, std::uint64_t offset) const {
  const auto search = [&](const auto& self, const Range* node, VirtAddr low,
                          VirtAddr high) -> std::optional<VirtAddr> {
    if (!node) return fit(low, high, size, alignment, offset);
    if (std::max({node->largest_gap_, node->first_ - low, high - node->last_}) < size) return std::nullopt;
    if (auto found = self(self, node->left_, low, node->start)) return found;
    return self(self, node->right_, node->end, high);
  };
  return search(search, root_, window.start, window.end());
}

}  // namespace nucleus
