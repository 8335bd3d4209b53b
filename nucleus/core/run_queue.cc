// SPDX-License-Identifier: ISC

#include "run_queue.h"

#include "scheduler.h"

namespace nucleus {

void RunQueue::count_one(const Thread& thread, int change) {
  count_.store(count() + static_cast<unsigned>(change), std::memory_order_relaxed);
  if (thread.queued_as_woken_ && !thread.in_user_mode.load(std::memory_order_relaxed))
    woken_.store(woken() + static_cast<unsigned>(change), std::memory_order_relaxed);
}

void RunQueue::push(Thread& thread, Place place) {
  thread.queued_as_woken_ = place == Place::woken;
  list_of(thread).push_back(thread);
  count_one(thread, 1);
  offer();
}

void RunQueue::remove(Thread& thread) {
  list_of(thread).remove(thread);
  count_one(thread, -1);
  offer();
}

Thread* RunQueue::take(unsigned cpu) {
  if (count() == 0) return nullptr;
  for (unsigned priority = priority_count; priority-- > 0;) {
    if (Thread* const thread = take_of(groups_[priority], cpu)) return thread;
  }
  return nullptr;
}

Thread* RunQueue::take_of(Group& group, unsigned cpu) {
  constexpr std::uint64_t floor_after_ns = 2 * turn_ns;
  if (kernel_ns_ >= floor_after_ns) {
    if (Thread* const thread = take_of(group.users, cpu)) {
      kernel_ns_ = 0;
      return thread;
    }
  }
  if (Thread* const thread = take_of(group.kernel, cpu)) return thread;
  return take_of(group.users, cpu);
}

void RunQueue::note_run(const Thread& thread, std::uint64_t ran_ns) {
  kernel_ns_ = thread.in_user_mode.load(std::memory_order_relaxed) ? 0 : kernel_ns_ + ran_ns;
}

Thread* RunQueue::take_of(Lists& lists, unsigned cpu) {
  for (List* list : {&lists.woken, &lists.next_turn}) {
    for (Thread* thread = list->front(); thread; thread = List::next(*thread)) {
      if (!thread->allowed_.contains(cpu)) continue;
      remove(*thread);
      return thread;
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
  for (const Group& group : groups_) {
    for (const List* list :
         {&group.kernel.woken, &group.kernel.next_turn, &group.users.woken, &group.users.next_turn}) {
      for (const Thread* thread = list->front(); thread; thread = List::next(*thread))
        all.bits |= thread->allowed_.bits;
    }
  }
  return all;
}

}  // namespace nucleus
