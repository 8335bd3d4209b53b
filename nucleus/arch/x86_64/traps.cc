// SPDX-License-Identifier: ISC

// What happens between a trap's entry in trap_entry.S and the core: x86_catch on the catch stack,
// x86_handle_trap on the interrupted thread's kernel stack.

#include "traps.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/panic.h>
#include <nucleus/program_hooks.h>

#include <arch/cpu.h>
#include <arch/trap.h>

#include <platform/x86/interrupt_controllers.h>
#include <platform/x86/timer.h>

#include <array>
#include <atomic>

#include "cpu_page.h"
#include "descriptors.h"
#include "fault_decode.h"
#include "instructions.h"
#include "parts.h"
#include "user/gs_base.h"
#include "vectors.h"

extern "C" const char x86_trap_stubs[];
void (*x86_from_user)() = nullptr;  // for trap_entry.S; user mode sets it

namespace arch {
namespace {

using namespace x86_64;

constinit std::array<Gate, 256> gates{};

/// Where the machine's last report runs: for faults that have no kernel stack to go to. The first CPU gets
/// it.
alignas(16) std::byte fatal_report_stack[12 * 1024];
std::atomic<bool> fatal_report_taken{false};

bool on_fatal_report_stack(const void* at) {
  return at >= fatal_report_stack && at < fatal_report_stack + sizeof fatal_report_stack;
}

bool on_this_page(const CpuPage& page, std::uintptr_t sp) {
  return sp - reinterpret_cast<std::uintptr_t>(&page) <= sizeof page;
}

InterruptStack stack_of(std::uint64_t vector) {
  switch (vector) {
    case vector::nmi:
      return InterruptStack::nmi;
    case vector::double_fault:
    case vector::machine_check:
      return InterruptStack::fatal;
    default:
      return InterruptStack::catching;
  }
}

/// Traps that no thread can take: they end the machine.
bool is_fatal(const TrapFrame& frame) {
  if (stack_of(frame.vector) != InterruptStack::catching) return true;
  if (frame.vector == vector::page_fault && nucleus::in_stack_guard({frame.fault_address})) return true;
  return this_cpu() == nullptr || on_this_page(this_cpu_page(), frame.rsp) ||
         on_fatal_report_stack(reinterpret_cast<void*>(frame.rsp));
}

std::uintptr_t fatal_report_frame() {
  if (fatal_report_taken.exchange(true)) halt_for_ever();
  return nucleus::align_down(
      reinterpret_cast<std::uintptr_t>(fatal_report_stack) + sizeof fatal_report_stack - sizeof(TrapFrame),
      16);
}

/// Returns the frame's copy, in the place where the trap will be handled.
extern "C" TrapFrame* x86_catch(TrapFrame* caught) {
  if (stack_of(caught->vector) != InterruptStack::catching) put_gs_base_right(caught);
  if (caught->vector == vector::page_fault) caught->fault_address = read_cr2();
  if (caught->vector == vector::nmi && nmi_means_stop.load(std::memory_order_relaxed)) halt_for_ever();
  const std::uintptr_t place =
      is_fatal(*caught) ? fatal_report_frame() : nucleus::upcall_trap_stack(caught->rsp, sizeof(TrapFrame));
  auto* const copy = reinterpret_cast<TrapFrame*>(place);
  __builtin_memcpy(copy, caught, sizeof *copy);
  return copy;
}

void handle_exception(TrapFrame& frame) {
  nucleus::Fault fault = decode_fault(frame.vector, frame.error_code, frame.fault_address);
  if (on_fatal_report_stack(&frame)) {
    if (frame.vector == vector::page_fault && nucleus::in_stack_guard({frame.fault_address})) {
      fault.kind = nucleus::FaultKind::stack_overflow;
    }
    nucleus::nucleus_fault(frame, fault);
  }
  nucleus::upcall_fault(frame, fault);
}

extern "C" void x86_handle_trap(TrapFrame* frame) {
  // The CPU's stacks are zero until they are too small.
  NUCLEUS_ASSERT(this_cpu() == nullptr || this_cpu_page().catch_stack[0] == std::byte{0});
  if (frame->vector < vector::exception_count) {
    handle_exception(*frame);
  } else {
    handle_interrupt(*frame);
    nucleus::upcall_trap_exit(*frame);
  }
}

}  // namespace

std::atomic<bool> x86_64::nmi_means_stop{false};

void x86_64::init_interrupt_gates() {
  for (unsigned vector = 0; vector < gates.size(); ++vector) {
    const auto stub = reinterpret_cast<std::uintptr_t>(x86_trap_stubs) + vector * X86_STUB_SIZE;
    gates[vector] =
        Gate::interrupt(stub, static_cast<unsigned>(stack_of(vector)), vector == vector::breakpoint);
  }
}

void x86_64::load_interrupt_gates() {
  const TablePointer pointer{sizeof gates - 1, reinterpret_cast<std::uint64_t>(gates.data())};
  asm volatile("lidt %0" : : "m"(pointer));
}

void x86_64::handle_interrupt(TrapFrame& frame) {
  switch (frame.vector) {
    case vector::timer:
      acknowledge_interrupt();
      if (timer_is_due()) nucleus::upcall_timer(frame);
      break;
    case vector::ipi:
      acknowledge_interrupt();
      nucleus::upcall_ipi(frame);
      break;
    case vector::spurious:
      return;  // must not be acknowledged
    default: {
      if (frame.vector < vector::first_line) return;  // from a masked 8259
      const unsigned line = static_cast<unsigned>(frame.vector) - vector::first_line;
      acknowledge_line(line);
      if (line == console_line()) {
        nucleus::upcall_console_input(frame);
      } else {
        nucleus::upcall_interrupt(frame, line);
      }
    }
  }
}

void x86_64::stop_on_nmi() {
  nmi_means_stop.store(true);
}

}  // namespace arch
