// SPDX-License-Identifier: ISC
#pragma once

// Arm's PL011 UART, polled. `Registers` reaches its 32-bit registers by byte offset. Not locked: the nucleus'
// log serialises writers, panic does not.  Spec: [arm/pl011]

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus::platform {

/// Registers has `std::uint32_t read(std::uint32_t offset)` and `void write(std::uint32_t offset,
/// std::uint32_t value)`.
template <typename Registers>
class Pl011 {
 public:
  constexpr explicit Pl011(Registers registers) : registers_{registers} {}

  /// 8 bits, no parity, FIFOs on; the line speed stays what firmware chose. Interrupts masked.
  void init() {
    registers_.write(interrupt_mask, 0);
    registers_.write(control, 0);
    registers_.write(line_control, eight_bits | fifo_enable);
    registers_.write(control, uart_enable | transmit_enable | receive_enable);
  }

  void write(std::span<const char> text) {
    for (const char c : text) {
      while ((registers_.read(flags) & transmit_full) != 0) {
      }
      registers_.write(data, static_cast<unsigned char>(c));
    }
  }

  /// Takes what has arrived, without waiting.
  std::size_t read(std::span<char> buffer) {
    std::size_t count = 0;
    while (count < buffer.size() && (registers_.read(flags) & receive_empty) == 0)
      buffer[count++] = static_cast<char>(registers_.read(data));
    return count;
  }

  /// Whether waiting input raises an interrupt (a half-full FIFO, or any input that has waited a little), and
  /// room for output.
  void set_interrupts(bool receive, bool transmit) {
    registers_.write(interrupt_mask, (receive ? receive_interrupt | receive_timeout_interrupt : 0) |
                                         (transmit ? transmit_interrupt : 0));
  }

 private:
  static constexpr std::uint32_t data = 0x00;
  static constexpr std::uint32_t flags = 0x18;
  static constexpr std::uint32_t line_control = 0x2c;
  static constexpr std::uint32_t control = 0x30;
  static constexpr std::uint32_t interrupt_mask = 0x38;  // a set bit lets the interrupt through

  static constexpr std::uint32_t receive_empty = 1u << 4;
  static constexpr std::uint32_t transmit_full = 1u << 5;
  static constexpr std::uint32_t fifo_enable = 1u << 4;
  static constexpr std::uint32_t eight_bits = 3u << 5;
  static constexpr std::uint32_t uart_enable = 1u << 0;
  static constexpr std::uint32_t transmit_enable = 1u << 8;
  static constexpr std::uint32_t receive_enable = 1u << 9;
  static constexpr std::uint32_t receive_interrupt = 1u << 4;
  static constexpr std::uint32_t transmit_interrupt = 1u << 5;
  static constexpr std::uint32_t receive_timeout_interrupt = 1u << 6;

  Registers registers_;
};

}  // namespace nucleus::platform
