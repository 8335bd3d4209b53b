// SPDX-License-Identifier: ISC

#include <arch/interrupts.h>
#include <arch/uart.h>

#include "console.h"
#include "interrupt_controller.h"
#include "machine.h"

namespace arch {
namespace {
constinit nucleus::platform::DevicetreeUart the_console;
}

nucleus::platform::DevicetreeUart& aarch64::console() {
  return the_console;
}

void uart_write(std::span<const char> text) {
  the_console.write(text);
}
std::size_t uart_read(std::span<char> buffer) {
  return the_console.read(buffer);
}

void uart_interrupts(UartInterrupts on) {
  const std::uint32_t line = aarch64::machine().uart.device.interrupt;
  if (line == nucleus::devicetree::Device::no_interrupt) return;
  the_console.set_interrupts(on.receive, on.transmit);
  if (!on.receive && !on.transmit) return;
  const InterruptState state = save_and_disable_interrupts();
  aarch64::interrupt_controller().unmask(line);
  restore_interrupts(state);
}

UartPlace uart_place() {
  using nucleus::devicetree::UartKind;
  UartPlace place{.base = the_console.base(), .stride = the_console.stride(), .width = the_console.width()};
  const bool interrupts =
      aarch64::machine().uart.device.interrupt != nucleus::devicetree::Device::no_interrupt;
  if (interrupts && the_console.kind() == UartKind::pl011) place.model = UartModel::pl011;
  if (interrupts && the_console.kind() == UartKind::ns16550) place.model = UartModel::ns16550;
  return place;
}

}  // namespace arch
