// SPDX-License-Identifier: ISC

#include "run_queue.h"

namespace nucleus {

void RunQueue::push(Thread& thread, Place place) {
  thread.queued_as_woken_ = place == Place::woken;
  list_of(thread).push_back(thread);
  ++count_;
}

void RunQueue::remove(Thread& thread) {
  list_of(thread).remove(thread);
  --count_;
}

Thread* RunQueue::take(unsigned cpu) {
  if (count_ == 0) return nullptr;
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

}  // namespace nucleus
