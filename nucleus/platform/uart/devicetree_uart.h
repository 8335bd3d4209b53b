// SPDX-License-Identifier: ISC
#pragma once

// The console of a machine that a devicetree describes: whichever of the known UARTs that names. Before
// `attach`, and where there is none, output is dropped and no input comes.

#include <platform/devicetree/machine.h>
#include <platform/mmio.h>
#include <platform/uart/pl011.h>
#include <platform/uart/uart16550.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus::platform {

/// A 16550's registers in memory, at the distance and of the width that the devicetree states.
struct MmioRegisters16550 {
  std::uintptr_t base = 0;
  std::uint8_t shift = 0;
  std::uint8_t width = 1;

  std::uint8_t read(unsigned index) const {
    const std::uintptr_t at = base + (std::uintptr_t{index} << shift);
    return width == 4 ? static_cast<std::uint8_t>(*reinterpret_cast<volatile std::uint32_t*>(at))
                      : *reinterpret_cast<volatile std::uint8_t*>(at);
  }
  void write(unsigned index, std::uint8_t value) const {
    const std::uintptr_t at = base + (std::uintptr_t{index} << shift);
    if (width == 4) {
      *reinterpret_cast<volatile std::uint32_t*>(at) = value;
    } else {
      *reinterpret_cast<volatile std::uint8_t*>(at) = value;
    }
  }
};

class DevicetreeUart {
 public:
  constexpr DevicetreeUart() = default;

  /// `registers` is where the UART's registers are mapped. Initialises the device.
  void attach(const devicetree::Uart& uart, VirtAddr registers);

  void write(std::span<const char> text);
  std::size_t read(std::span<char> buffer);
  void set_interrupts(bool receive, bool transmit);
  devicetree::UartKind kind() const { return kind_; }
  /// Where its registers are mapped, one from the next as far as `stride`, each of `width` bytes.
  std::uintptr_t base() const { return base_; }
  std::uint32_t stride() const { return stride_; }
  std::uint32_t width() const { return width_; }

 private:
  devicetree::UartKind kind_ = devicetree::UartKind::none;
  std::uintptr_t base_ = 0;
  std::uint32_t stride_ = 1;
  std::uint32_t width_ = 1;
  Pl011<Mmio32> pl011_{{}};
  Uart16550<MmioRegisters16550> uart16550_{{}};
};

}  // namespace nucleus::platform
