// SPDX-License-Identifier: ISC

#include "devicetree_uart.h"

namespace nucleus::platform {

using devicetree::UartKind;

namespace {

constexpr std::uint32_t baud = 115'200;

/// Rounded; 1 (the fastest) where the tree does not tell the clock.
std::uint16_t divisor(std::uint32_t clock_hz) {
  const std::uint32_t value = (clock_hz + 8 * baud) / (16 * baud);
  return static_cast<std::uint16_t>(value == 0 ? 1 : value);
}

}  // namespace

void DevicetreeUart::attach(const devicetree::Uart& uart, VirtAddr registers) {
  const auto base = static_cast<std::uintptr_t>(registers.value);
  kind_ = uart.kind;
  base_ = base;
  stride_ = kind_ == UartKind::pl011 ? 4 : 1u << uart.register_shift;
  width_ = kind_ == UartKind::pl011 ? 4 : uart.register_width;
  if (kind_ == UartKind::pl011) {
    pl011_ = Pl011{Mmio32{base}};
    pl011_.init();
  } else if (kind_ == UartKind::ns16550) {
    uart16550_ = Uart16550{MmioRegisters16550{base, uart.register_shift, uart.register_width}};
    uart16550_.init(divisor(uart.clock_hz));
  }
}

void DevicetreeUart::write(std::span<const char> text) {
  if (kind_ == UartKind::pl011) pl011_.write(text);
  if (kind_ == UartKind::ns16550) uart16550_.write(text);
}

std::size_t DevicetreeUart::read(std::span<char> buffer) {
  if (kind_ == UartKind::pl011) return pl011_.read(buffer);
  if (kind_ == UartKind::ns16550) return uart16550_.read(buffer);
  return 0;
}

void DevicetreeUart::set_interrupts(bool receive, bool transmit) {
  if (kind_ == UartKind::pl011) pl011_.set_interrupts(receive, transmit);
  if (kind_ == UartKind::ns16550) uart16550_.set_interrupts(receive, transmit);
}

}  // namespace nucleus::platform
