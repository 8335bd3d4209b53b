// SPDX-License-Identifier: ISC
#pragma once

// The polled console: what each port supplies (contract.h).

#include <cstddef>
#include <cstdint>
#include <span>

namespace arch {

/// When upcall_console_input() is called: bytes wait; bytes can be sent.
struct UartInterrupts {
  bool receive = false;
  bool transmit = false;
};

enum class UartModel : std::uint8_t { none, ns16550, pl011 };

/// Where its registers are: ports, or mapped memory.
struct UartPlace {
  UartModel model = UartModel::none;  // none: it cannot be driven by interrupts
  bool ports = false;
  std::uintptr_t base = 0;
  std::uint32_t stride = 1;  // bytes from one register to the next
  std::uint32_t width = 1;   // bytes of an access
};

void uart_write(std::span<const char> text);
std::size_t uart_read(std::span<char> buffer);
void uart_interrupts(UartInterrupts on);
UartPlace uart_place();

}  // namespace arch
