// SPDX-License-Identifier: ISC

#include "interrupt_controller.h"

#include <arch/clock.h>
#include <arch/devices.h>
#include <arch/interrupts.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/panic.h>

#include <platform/gic/gic_its.h>
#include <platform/gic/gic_v2.h>
#include <platform/gic/gic_v2m.h>
#include <platform/gic/gic_v3.h>

#include "machine.h"

using nucleus::MemoryType;
using nucleus::devicetree::InterruptControllerKind;

namespace arch::aarch64 {
namespace {

constinit GicV2 gic_v2;
constinit GicV3 gic_v3;
constinit GicV2m message_frame;
constinit GicIts translator;
constinit Gic* gic = nullptr;

std::uintptr_t map(nucleus::PhysRange registers) {
  auto mapped = nucleus::map_device(registers.start, registers.size, MemoryType::device);
  if (!mapped.ok()) nucleus::panic("no memory to map the interrupt controller");
  return mapped.value().value;
}

}  // namespace

void discover_interrupt_controller(const nucleus::devicetree::InterruptController& found) {
  switch (found.kind) {
    case InterruptControllerKind::gic_v2:
      gic_v2.set_registers(map(found.registers), map(found.cpu_registers));
      gic = &gic_v2;
      break;
    case InterruptControllerKind::gic_v3:
      gic_v3.set_registers(map(found.registers), map(found.cpu_registers), found.cpu_registers);
      gic = &gic_v3;
      break;
    default:
      nucleus::panic("the machine has no interrupt controller of a known kind");
  }
  gic->init_distributor();
  message_frame.attach(machine().message_frame);
  if (gic == &gic_v3 && machine().message_translator.size != 0)
    translator.attach(machine().message_translator, gic_v3.make_lpis());
}

Gic& interrupt_controller() {
  return *gic;
}

/// One interrupt a trap: where more are pending, the next trap follows at once, and the common case saves the
/// slow access that would find none. Completed before the upcall, which may not come back for a while; so
/// what keeps its line raised must be silenced first.
void handle_interrupts(TrapFrame& frame) {
  const std::uint32_t acknowledged = gic->acknowledge();
  if (acknowledged >= first_lpi) {
    // A message is a moment: nothing would raise it again before the device is dealt with.
    gic->complete(acknowledged);
    return nucleus::upcall_interrupt(frame, acknowledged);
  }
  const std::uint32_t line = acknowledged & line_mask;
  if (line >= none_pending) return;
  if (line == machine().virtual_timer_interrupt) {
    stop_timer();
    gic->complete(acknowledged);
    nucleus::upcall_timer(frame);
  } else if (line == ipi_line) {
    gic->complete(acknowledged);
    halt_if_stopping();
    nucleus::upcall_ipi(frame);
  } else if (line == machine().uart.device.interrupt) {
    gic->complete(acknowledged);
    nucleus::upcall_console_input(frame);
  } else {
    gic->mask(line);
    gic->complete(acknowledged);
    nucleus::upcall_interrupt(frame, line);
  }
}

}  // namespace arch::aarch64

namespace arch {

/// Devices raise shared lines by level, high, which is how they are set up.
bool start_line(unsigned line, LineForm) {
  if (line >= aarch64::first_lpi) return aarch64::translator.start(line);
  const InterruptState state = save_and_disable_interrupts();
  aarch64::interrupt_controller().unmask(line);
  restore_interrupts(state);
  return true;
}

void unmask_line(unsigned line) {
  if (line < aarch64::first_lpi) aarch64::interrupt_controller().unmask_again(line);
}

nucleus::Result<MessageLine> allocate_message(std::uint32_t device) {
  if (aarch64::translator.present()) {
    const auto& ids = aarch64::machine().message_devices;
    const std::uint32_t index = (device & ids.mask) - ids.first_requester;
    if (index >= ids.count) return nucleus::Error::not_supported;
    return aarch64::translator.allocate(ids.first_device + index);
  }
  return aarch64::message_frame.allocate();
}

}  // namespace arch
