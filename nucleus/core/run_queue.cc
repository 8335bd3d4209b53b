// SPDX-License-Identifier: ISC

#include "run_queue.h"

namespace nucleus {

void RunQueue::push(Thread& thread, Place place) {
  thread.queued_as_woken_ = place == Place::woken;
  list_of(thread).push_back(thread);
  count_.store(count() + 1, std::memory_order_relaxed);
  offer();
}

void RunQueue::remove(Thread& thread) {
  list_of(thread).remove(thread);
  count_.store(count() - 1, std::memory_order_relaxed);
  offer();
}

Thread* RunQueue::take(unsigned cpu) {
  if (count() == 0) return nullptr;
  for (unsigned priority = priority_count; priority-- > 0;) {
    for (List* list : {&woken_[priority], &next_turn_[priority]}) {
      for (Thread* thread = list->front(); thread; thread = List::next(*thread)) {
        if (!thread->allowed_.contains(cpu)) continue;
        remove(*thread);
        return thread;
      }
    }
  }
  return nullptr;
}

void RunQueue::hold_back() {
  NUCLEUS_ASSERT(count() == 1);
  held_back_ = true;
  stealable_.store(0);
}

void RunQueue::offer() {
  held_back_ = false;
  stealable_.store(count());
}

CpuSet RunQueue::allowed() const {
  CpuSet all{0};
  for (unsigned priority = 0; priority < priority_count; ++priority) {
    for (const List* list : {&woken_[priority], &next_turn_[priority]}) {
      for (const Thread* thread = list->front(); thread; thread = List::next(*thread))
        all.bits |= thread->allowed_.bits;
    }
  }
  return all;
}

}  // namespace nucleus
