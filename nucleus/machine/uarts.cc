// SPDX-License-Identifier: ISC

// UARTs beside the console's, for programs.

#include "describe.h"
#include "on_kernel_stack.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/device_interrupts.h>
#include <nucleus/mutex.h>

#include <arch/uart.h>

namespace nucleus {
namespace {

constinit Mutex taking;
constinit std::uint32_t taken = 0;  // bits, under `taking`
static_assert(NUCLEUS_MAX_UARTS <= 32);

/// A 16550 has eight registers, of a PL011 a page is told.
constexpr std::uint32_t registers_16550 = 8;
constexpr std::uint64_t size_of_pl011 = 0x1000;

Result<nucleus_device_registers> registers_of(const nucleus_uart& uart) {
  const std::uint32_t width =
      uart.registers.width >= 8 && uart.registers.width <= 32 ? uart.registers.width / 8 : 1;
  nucleus_device_registers registers{.space = uart.registers.space,
                                     .stride = uart.stride == 0 ? 1 : uart.stride,
                                     .width = uart.kind == NUCLEUS_UART_PL011 ? 4 : width,
                                     .model = uart.kind,
                                     .base = uart.registers.address,
                                     .size = 0};
  if (uart.kind == NUCLEUS_UART_PL011) {
    registers.stride = 4;
    registers.size = size_of_pl011;
  } else if (uart.kind == NUCLEUS_UART_16550) {
    registers.size = std::uint64_t{registers_16550} * registers.stride;
  } else {
    return Error::not_supported;
  }
  if (registers.space == NUCLEUS_SPACE_PORTS) return registers;
  registers.base =
      TRY(map_device(PhysAddr{uart.registers.address}, registers.size, MemoryType::device)).value;
  return registers;
}

/// The nucleus has it, whoever moves its bytes.
bool is_console(const nucleus_uart& uart, const nucleus_device_registers& registers) {
  const arch::UartPlace console = arch::uart_place();
  return uart.is_console != 0 ||
         (console.ports == (registers.space == NUCLEUS_SPACE_PORTS) && console.base == registers.base);
}

Result<unsigned> take(std::uint32_t index, nucleus_device_registers& registers) {
  const nucleus_machine* const machine = machine_description();
  if (machine == nullptr || index >= machine->uart_count) return Error::not_found;
  const nucleus_uart& uart = machine->uarts[index];
  if (uart.line.number == NUCLEUS_NO_LINE) return Error::not_supported;
  MutexGuard guard{taking};
  if ((taken >> index & 1) != 0) return Error::busy;
  registers = TRY(registers_of(uart));
  if (is_console(uart, registers)) return Error::busy;
  // A UART keeps its line raised as long as it has a reason. As an edge, which is what firmware says of a
  // PC's, that would be lost while the line is masked, between the driver's last look and its wait.
  const arch::LineForm form{.level = true, .active_low = (uart.line.flags & NUCLEUS_LINE_ACTIVE_LOW) != 0};
  const unsigned event = TRY(claim_line(uart.line.number, form, Sharing::allowed));
  taken |= 1u << index;
  return event;
}

}  // namespace
}  // namespace nucleus

int nucleus_uart_take(uint32_t index, nucleus_device_registers* registers) {
  nucleus_device_registers found{};
  int event = -1;
  nucleus::on_kernel_stack([&] {
    const auto taken = nucleus::take(index, found);
    if (taken.ok()) event = static_cast<int>(taken.value());
  });
  if (event >= 0) *registers = found;
  return event;
}
