// SPDX-License-Identifier: ISC

// Interrupts: the three kinds that supervisor mode has, and the PLIC's lines behind the external one.

#include <arch/clock.h>
#include <arch/devices.h>
#include <arch/interrupts.h>
#include <nucleus/arch_upcalls.h>

#include <array>

#include "cause.h"
#include "machine.h"
#include "plic.h"
#include "port_cpu.h"
#include "registers.h"

namespace arch::riscv64 {
namespace {

constinit Plic plic;

constexpr std::uint64_t bit(Interrupt kind) {
  return std::uint64_t{1} << static_cast<unsigned>(kind);
}

std::uint32_t this_context() {
  return machine().cpus[port_cpu().index].plic_context;
}

/// The console is completed before the upcall, which may not come back for a while; other devices when their
/// line is let through again, since they must be silenced first.
void handle_external(TrapFrame& frame) {
  const std::uint32_t context = this_context();
  const std::uint32_t line = plic.claim(context);
  if (line == 0) return;
  if (line == machine().uart.device.interrupt) {
    plic.complete(context, line);
    nucleus::upcall_console_input(frame);
  } else {
    // Claimed, it does not interrupt again. A line that is masked in the meantime could not be completed.
    nucleus::upcall_interrupt(frame, line);
  }
}

}  // namespace

void discover_interrupt_controller() {
  plic.attach(machine().interrupt_controller);
}

void init_this_cpus_interrupts() {
  if (this_context() != nucleus::devicetree::MachineCpu::no_context) plic.init_context(this_context());
  enable_interrupt_kinds(bit(Interrupt::software) | bit(Interrupt::timer) | bit(Interrupt::external));
}

void unmask_line(std::uint32_t line) {
  if (this_context() != nucleus::devicetree::MachineCpu::no_context) plic.unmask(this_context(), line);
}

void handle_interrupt(TrapFrame& frame, std::uint64_t cause) {
  switch (static_cast<Interrupt>(cause & ~interrupt_bit)) {
    case Interrupt::software:
      clear_software_interrupt();
      halt_if_stopping();
      nucleus::upcall_ipi(frame);
      break;
    case Interrupt::timer:
      stop_timer();
      nucleus::upcall_timer(frame);
      break;
    case Interrupt::external:
      handle_external(frame);
      break;
  }
}

}  // namespace arch::riscv64

namespace arch {
namespace {

/// Where lines were sent.
constinit std::array<std::uint32_t, 1024> line_contexts{};

}  // namespace

/// The PLIC's gateways know their lines' forms.
bool start_line(unsigned line, LineForm) {
  const InterruptState state = save_and_disable_interrupts();
  line_contexts[line % line_contexts.size()] = riscv64::this_context();
  riscv64::unmask_line(line);
  restore_interrupts(state);
  return true;
}

void unmask_line(unsigned line) {
  riscv64::plic.complete(line_contexts[line % line_contexts.size()], line);
}

nucleus::Result<MessageLine> allocate_message() {
  return nucleus::Error::not_supported;
}

}  // namespace arch
