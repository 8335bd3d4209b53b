// SPDX-License-Identifier: ISC

#include "secondary_cpus.h"

#include "scheduler.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/cpu.h>
#include <nucleus/heap.h>
#include <nucleus/log.h>
#include <nucleus/thread.h>

#include <arch/cpu.h>

#include <algorithm>

namespace nucleus {

namespace {

/// A CPU's record and idle thread. They are never given up: a CPU that is late may still use them.
Result<Cpu*> make_cpu(unsigned index) {
  Thread* const idle = TRY(Thread::create_idle());
  auto cpu = TRY(make_owned<Cpu>());
  cpu->index = index;
  cpu->idle = idle;
  cpu->kernel_stack_top = idle->kernel_stack_top();
  return cpu.release();
}

}  // namespace

void start_other_cpus() {
  const unsigned count = std::min(arch::cpu_count(), max_cpus);
  for (unsigned index = 1; index < count; ++index) {
    Result<Cpu*> cpu = make_cpu(index);
    if (!cpu) return log_warning("no memory to start CPU {}", index);
    if (!arch::start_cpu(index, cpu.value())) log_warning("CPU {} does not start", index);
  }
}

void upcall_secondary_cpu(Cpu* cpu) {
  arch::set_this_cpu(cpu);
  arch::init_this_cpu();
  the_scheduler.run_secondary(*cpu->idle);
}

}  // namespace nucleus
