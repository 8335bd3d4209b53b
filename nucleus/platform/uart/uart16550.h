// SPDX-License-Identifier: ISC
#pragma once

// The 16550 UART, polled. `Registers` reaches its eight registers: port I/O on x86_64, memory on riscv64 and
// in tests. Not locked: the nucleus' log serialises writers, panic does not.  Spec: [ns/16550d]

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

/// Registers has `std::uint8_t read(unsigned index)` and `void write(unsigned index, std::uint8_t value)`.
template <typename Registers>
class Uart16550 {
 public:
  constexpr explicit Uart16550(Registers registers) : registers_{registers} {}

  /// 8 bits, no parity, one stop bit; FIFOs on and empty; `divisor` = clock / 16 / baud. Interrupts masked.
  void init(std::uint16_t divisor) {
    registers_.write(interrupt_enable, 0);
    registers_.write(line_control, divisor_access | eight_bits);
    registers_.write(divisor_low, divisor & 0xff);
    registers_.write(divisor_high, divisor >> 8);
    registers_.write(line_control, eight_bits);
    registers_.write(fifo_control, fifo_enable | fifo_clear_receive | fifo_clear_transmit);
    // OUT2 gates the interrupt line of PC hardware.
    registers_.write(modem_control, data_terminal_ready | request_to_send | out2);
  }

  /// Waits for room as often as needed: a full FIFO of `fifo_size` bytes is written for each look at the
  /// status.
  void write(std::span<const char> text) {
    while (!text.empty()) {
      while ((registers_.read(line_status) & transmitter_empty) == 0) {
      }
      const std::size_t batch = text.size() < fifo_size ? text.size() : fifo_size;
      for (const char c : text.first(batch)) registers_.write(data, static_cast<std::uint8_t>(c));
      text = text.subspan(batch);
    }
  }

  /// Takes what has arrived, without waiting.
  std::size_t read(std::span<char> buffer) {
    std::size_t count = 0;
    while (count < buffer.size() && (registers_.read(line_status) & data_ready) != 0) {
      buffer[count++] = static_cast<char>(registers_.read(data));
    }
    return count;
  }

  /// Whether waiting input raises an interrupt, and an empty transmitter. Turning them on when that is so
  /// raises one at once.
  void set_interrupts(bool receive, bool transmit) {
    registers_.write(interrupt_enable, static_cast<std::uint8_t>((receive ? receive_interrupt : 0) |
                                                                 (transmit ? transmit_interrupt : 0)));
  }

  /// False where nothing answers: an empty bus reads as ones.
  bool present() { return registers_.read(line_status) != 0xff; }

 private:
  static constexpr std::size_t fifo_size = 16;

  static constexpr unsigned data = 0;
  static constexpr unsigned divisor_low = 0;  // with divisor_access
  static constexpr unsigned interrupt_enable = 1;
  static constexpr unsigned divisor_high = 1;  // with divisor_access
  static constexpr unsigned fifo_control = 2;
  static constexpr unsigned line_control = 3;
  static constexpr unsigned modem_control = 4;
  static constexpr unsigned line_status = 5;

  static constexpr std::uint8_t receive_interrupt = 1 << 0;
  static constexpr std::uint8_t transmit_interrupt = 1 << 1;
  static constexpr std::uint8_t fifo_enable = 1 << 0;
  static constexpr std::uint8_t fifo_clear_receive = 1 << 1;
  static constexpr std::uint8_t fifo_clear_transmit = 1 << 2;
  static constexpr std::uint8_t eight_bits = 3;
  static constexpr std::uint8_t divisor_access = 1 << 7;
  static constexpr std::uint8_t data_terminal_ready = 1 << 0;
  static constexpr std::uint8_t request_to_send = 1 << 1;
  static constexpr std::uint8_t out2 = 1 << 3;
  static constexpr std::uint8_t data_ready = 1 << 0;
  static constexpr std::uint8_t transmitter_empty = 1 << 5;  // holding register, or the whole FIFO

  Registers registers_;
};

}  // namespace nucleus
