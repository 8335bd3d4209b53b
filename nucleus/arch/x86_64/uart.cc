// SPDX-License-Identifier: ISC

#include <arch/uart.h>

#include <platform/uart/uart16550.h>

#include "instructions.h"
#include "parts.h"

namespace arch {
namespace {

struct Com1 {
  static constexpr std::uint16_t base = 0x3f8;
  std::uint8_t read(unsigned index) const { return x86_64::in8(static_cast<std::uint16_t>(base + index)); }
  void write(unsigned index, std::uint8_t value) const {
    x86_64::out8(static_cast<std::uint16_t>(base + index), value);
  }
};

constinit nucleus::Uart16550<Com1> uart{Com1{}};

}  // namespace

void x86_64::init_uart() {
  uart.init(1);  // 115,200 baud
}

void uart_write(std::span<const char> text) {
  uart.write(text);
}
std::size_t uart_read(std::span<char> buffer) {
  return uart.read(buffer);
}
void uart_interrupts(UartInterrupts on) {
  uart.set_interrupts(on.receive, on.transmit);
}
UartPlace uart_place() {
  return {.model = UartModel::ns16550, .ports = true, .base = Com1::base};
}

}  // namespace arch
