// SPDX-License-Identifier: ISC

#include "timer_queue.h"

namespace nucleus {

Timer* TimerQueue::merge(Timer* left, Timer* right) {
  if (!left) return right;
  if (!right) return left;
  if (right->deadline_ns_ < left->deadline_ns_) {
    Timer* const later = left;
    left = right;
    right = later;
  }
  // `right` becomes the first child of `left`.
  right->previous_ = left;
  right->sibling_ = left->child_;
  if (left->child_) left->child_->previous_ = right;
  left->child_ = right;
  return left;
}

Timer* TimerQueue::merge_siblings(Timer* first) {
  // Pairs from the left, kept as a list in reverse; then all together from the right.
  Timer* pairs = nullptr;
  while (first) {
    Timer* const left = first;
    Timer* const right = left->sibling_;
    first = right ? right->sibling_ : nullptr;
    left->sibling_ = nullptr;
    if (right) right->sibling_ = nullptr;
    Timer* const pair = merge(left, right);
    pair->sibling_ = pairs;
    pairs = pair;
  }
  Timer* merged = nullptr;
  while (pairs) {
    Timer* const next = pairs->sibling_;
    pairs->sibling_ = nullptr;
    merged = merge(merged, pairs);
    pairs = next;
  }
  if (merged) merged->previous_ = nullptr;
  return merged;
}

void TimerQueue::insert(Timer& timer, std::uint64_t deadline_ns) {
  timer.deadline_ns_ = deadline_ns;
  timer.child_ = timer.sibling_ = timer.previous_ = nullptr;
  timer.queued_ = true;
  root_ = merge(root_, &timer);
}

bool TimerQueue::remove(Timer& timer) {
  if (!timer.queued_) return false;
  timer.queued_ = false;
  Timer* const children = merge_siblings(timer.child_);
  timer.child_ = nullptr;
  if (&timer == root_) {
    root_ = children;
    return true;
  }
  if (timer.previous_->child_ == &timer)
    timer.previous_->child_ = timer.sibling_;
  else
    timer.previous_->sibling_ = timer.sibling_;
  if (timer.sibling_) timer.sibling_->previous_ = timer.previous_;
  timer.sibling_ = timer.previous_ = nullptr;
  root_ = merge(root_, children);
  return true;
}

unsigned TimerQueue::expire(std::uint64_t now_ns) {
  unsigned count = 0;
  while (root_ && root_->deadline_ns_ <= now_ns) {
    Timer& timer = *root_;
    remove(timer);
    ++count;
    const Deadline again = timer.expired_(timer.argument_);
    // Only now, so that cancel(), which looks at cpu_ without the lock, waits for the call to end.
    if (again.is_never())
      timer.cpu_.store(nullptr, std::memory_order_release);
    else
      insert(timer, again.ns());
  }
  return count;
}

}  // namespace nucleus
