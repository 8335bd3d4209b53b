// SPDX-License-Identifier: ISC

#include "program_end.h"

#include "program_report.h"
#include "signal_numbers.h"

#include <link/host_link.h>

#include <nucleus/log.h>
#include <nucleus/program_hooks.h>
#include <nucleus/wait_queue.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>

#include <atomic>

namespace nucleus {

[[noreturn]] void end_program(std::int32_t status, ExitReason reason) {
  static constinit std::atomic<bool> ending{false};
  if (ending.exchange(true)) {
    for (;;) arch::relax();
  }
  if (reason == ExitReason::signal) {
    log_error("the program was ended by signal {} ({})", status, signal_name(status));
  }
  if (LineCarrier* const carrier = host_link().carrier()) carrier->settle();
  send_report();
  arch::disable_interrupts();
  // Before the other CPUs are stopped: one of them may be sending, and must come to the end of its frame.
  host_link().send_exit(status, reason);
  arch::stop_other_cpus();
  arch::power_off(status);
  for (;;) arch::relax();
}

[[noreturn]] void last_thread_exited() {
  end_program(0, ExitReason::exit);
}

}  // namespace nucleus
