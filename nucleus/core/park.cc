// SPDX-License-Identifier: ISC

#include "scheduler.h"

#include <nucleus/timer.h>
#include <nucleus/wait_queue.h>

namespace nucleus {

void park(Deadline deadline) {
  if (deadline.is_never()) return the_scheduler.park();
  if (the_scheduler.take_permit() || deadline.passed()) return;
  Timer timer{[](void* thread) {
                unpark(*static_cast<Thread*>(thread));
                return Deadline::never();
              },
              &current_thread()};
  timer.arm(deadline);
  the_scheduler.park();
}

void unpark(Thread& thread) {
  the_scheduler.unpark(thread);
}

bool signal_waits_for_current_thread() {
  return current_thread().signals.deliverable();
}

void WaitQueue::remove(Waiter& waiter) {
  if (waiter.link.linked) waiters_.remove(waiter);
}

bool WaitQueue::wake_one() {
  Waiter* const waiter = waiters_.pop_front();
  if (!waiter) return false;
  waiter->woken = true;
  unpark(waiter->thread);
  return true;
}

std::size_t WaitQueue::wake_all() {
  std::size_t count = 0;
  while (wake_one()) ++count;
  return count;
}

Result<> sleep_until(Deadline deadline) {
  while (!deadline.passed()) {
    if (signal_waits_for_current_thread()) return Error::interrupted;
    park(deadline);
  }
  return {};
}

}  // namespace nucleus
