// SPDX-License-Identifier: ISC

// What the ports call on traps and interrupts.

#include "scheduler.h"
#include "shootdown.h"
#include "timer_queue.h"

#include <nucleus/address_space.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/cpu.h>
#include <nucleus/device_interrupts.h>
#include <nucleus/entropy.h>
#include <nucleus/program_hooks.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>
#include <arch/trap.h>

namespace nucleus {

extern "C" std::uintptr_t upcall_trap_stack(std::uintptr_t interrupted_sp, std::size_t size) {
  const Cpu* const cpu = arch::this_cpu();
  const Thread* const thread = cpu ? cpu->current : nullptr;
  // Before there are threads, the boot stack is the kernel stack.
  const bool nested = !thread || thread->on_kernel_stack(interrupted_sp);
  return align_down((nested ? interrupted_sp : thread->kernel_stack_top()) - size, 16);
}

namespace {

/// The current thread if `frame` is of program code, which runs on its own stack; else null.
Thread* program_thread(const arch::TrapFrame& frame) {
  Thread* const thread = arch::this_cpu()->current;
  return thread && !thread->on_kernel_stack(frame.stack_pointer()) ? thread : nullptr;
}

bool is_page_fault(FaultKind kind) {
  return kind == FaultKind::read || kind == FaultKind::write || kind == FaultKind::execute;
}

/// Brings the page in. Interrupts are as they were in the interrupted code meanwhile.
program_memory::FaultOutcome resolve(Thread& thread, const Fault& fault) {
  TrapScope scope{thread};
  arch::enable_interrupts();
  const auto outcome = program_memory::handle_fault(fault.address, fault.kind);
  arch::disable_interrupts();
  return outcome;
}

}  // namespace

void upcall_fault(arch::TrapFrame& frame, const Fault& fault) {
  using enum program_memory::FaultOutcome;
  Thread* const thread = arch::this_cpu()->current;
  const bool can_block = thread && frame.interrupts_were_on();
  bool mapped = false;
  if (can_block && is_page_fault(fault.kind) && layout::in_program_window(fault.address)) {
    const auto outcome = resolve(*thread, fault);
    if (outcome == resolved) return;
    mapped = outcome != not_mapped;
  }
  if (!program_thread(frame)) nucleus_fault(frame, fault);
  program_fault(frame, fault, mapped);
}

void upcall_timer(arch::TrapFrame&) {
  InterruptScope scope{*arch::this_cpu()};
  handle_timer_interrupt(*arch::this_cpu());
}

void upcall_ipi(arch::TrapFrame&) {
  InterruptScope scope{*arch::this_cpu()};
  answer_shootdown();
  the_scheduler.answer_ipi();
}

void upcall_console_input(arch::TrapFrame&) {
  InterruptScope scope{*arch::this_cpu()};
  add_timing_entropy();
  console_input_arrived();
}

void upcall_interrupt(arch::TrapFrame&, unsigned line) {
  InterruptScope scope{*arch::this_cpu()};
  add_timing_entropy();
  line_arrived(line);
}

void upcall_trap_exit(arch::TrapFrame& frame) {
  if (!frame.interrupts_were_on()) return;
  Cpu& cpu = *arch::this_cpu();
  if (!cpu.current) return;
  Thread* const thread = program_thread(frame);
  if (cpu.reschedule && cpu.current->may_be_preempted()) {
    if (thread) {
      TrapScope scope{*thread};
      the_scheduler.preempt();
    } else {
      the_scheduler.preempt();
    }
  }
  if (thread && thread->signals.deliverable()) deliver_signals_at_trap_exit(frame);
}

}  // namespace nucleus
