// SPDX-License-Identifier: ISC

#include <arch/interrupts.h>
#include <arch/uart.h>

#include "machine.h"

namespace arch {
namespace {
constinit nucleus::platform::DevicetreeUart the_console;
}

nucleus::platform::DevicetreeUart& riscv64::console() {
  return the_console;
}

void uart_write(std::span<const char> text) {
  the_console.write(text);
}
std::size_t uart_read(std::span<char> buffer) {
  return the_console.read(buffer);
}

void uart_receive_interrupt(bool on) {
  const std::uint32_t line = riscv64::machine().uart.device.interrupt;
  if (line == nucleus::devicetree::Device::no_interrupt) return;
  the_console.set_receive_interrupt(on);
  if (!on) return;
  const InterruptState state = save_and_disable_interrupts();
  riscv64::unmask_line(line);
  restore_interrupts(state);
}

}  // namespace arch
