// SPDX-License-Identifier: ISC

// Interrupts: the three kinds that supervisor mode has, and the devices' lines behind the external one.

#include <arch/clock.h>
#include <arch/devices.h>
#include <arch/interrupts.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/panic.h>

#include <platform/aia/aplic.h>
#include <platform/aia/imsic.h>
#include <platform/plic/plic.h>

#include "cause.h"
#include "line_controller.h"
#include "machine.h"
#include "port_cpu.h"
#include "registers.h"

using nucleus::devicetree::InterruptControllerKind;
using nucleus::devicetree::MachineCpu;

namespace arch::riscv64 {
namespace {

constinit Plic plic;
constinit Aplic aplic;
constinit Imsic imsic;
constinit LineController* controller = nullptr;

constexpr std::uint64_t bit(Interrupt kind) {
  return std::uint64_t{1} << static_cast<unsigned>(kind);
}

std::uint32_t this_target() {
  return machine().cpus[port_cpu().index].interrupt_target;
}

LineController& controller_of(InterruptControllerKind kind) {
  switch (kind) {
    case InterruptControllerKind::plic:
      return plic;
    case InterruptControllerKind::aplic:
      return aplic;
    case InterruptControllerKind::imsic:
      return imsic;
    default:
      nucleus::panic("the machine has no interrupt controller of a known kind");
  }
}

/// The console is let through before the upcall, which may not come back for a while; other devices later,
/// since they must be silenced first.
void handle_external(TrapFrame& frame) {
  const std::uint32_t line = controller->take(this_target());
  if (line == 0) return;
  if (line == machine().uart.device.interrupt) {
    controller->let_through(line);
    nucleus::upcall_console_input(frame);
  } else {
    nucleus::upcall_interrupt(frame, line);
  }
}

}  // namespace

void discover_interrupt_controller() {
  const auto& found = machine().interrupt_controller;
  controller = &controller_of(found.kind);
  controller->attach(found);
}

void init_this_cpus_interrupts() {
  if (this_target() != MachineCpu::no_target) controller->init_this_cpu(this_target());
  enable_interrupt_kinds(bit(Interrupt::software) | bit(Interrupt::timer) | bit(Interrupt::external));
}

void unmask_line(std::uint32_t line) {
  if (this_target() != MachineCpu::no_target) controller->start(this_target(), line);
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

/// The PLIC's gateways know their lines' forms.
bool start_line(unsigned line, LineForm) {
  const InterruptState state = save_and_disable_interrupts();
  riscv64::unmask_line(line);
  restore_interrupts(state);
  return true;
}

void unmask_line(unsigned line) {
  riscv64::controller->let_through(line);
}

/// To the CPU that asks: any does, since the others are woken from there.
nucleus::Result<MessageLine> allocate_message(std::uint32_t) {
  const InterruptState state = save_and_disable_interrupts();
  const std::uint32_t target = riscv64::this_target();
  restore_interrupts(state);
  if (target == MachineCpu::no_target) return nucleus::Error::not_supported;
  return riscv64::controller->allocate_message(target);
}

}  // namespace arch
