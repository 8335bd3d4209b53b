// SPDX-License-Identifier: ISC

#include "scheduler.h"

#include <nucleus/address_space.h>
#include <nucleus/futex.h>
#include <nucleus/program_hooks.h>
#include <nucleus/thread.h>

#include <arch/interrupts.h>

namespace nucleus {

void exit_thread() {
  Thread& thread = current_thread();
  if (const VirtAddr at{thread.clear_child_tid}; at != VirtAddr{}) {
    // The program's own fault if it has unmapped the word: nobody waits for it then.
    if (store_word_to_program(at, 0)) (void)futex_wake(at, 1);
  }
  if (thread.leave_table()) last_thread_exited();
  // They run with interrupts off.
  while (thread.wakes_to_come.load(std::memory_order_acquire) > 0) arch::relax();
  the_scheduler.exit();
}

}  // namespace nucleus
