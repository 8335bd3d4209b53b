// SPDX-License-Identifier: ISC
#pragma once

// The advanced platform-level interrupt controller, whose lines come to the harts directly, or as messages to
// their IMSICs. Lines are taken to be active high, as those of PCI's pins and of UARTs are.
// Spec: [riscv/aia "Advanced Platform-Level Interrupt Controller (APLIC)"]

#include <arch/riscv64/line_controller.h>

#include <platform/mmio.h>

#include <cstdint>

namespace arch::riscv64 {

/// The registers of one domain.
class AplicDomain {
 public:
  enum class Delivery : std::uint8_t { direct, messages };

  constexpr AplicDomain() = default;
  /// Maps them; masks all lines. Panics where that cannot be.
  void attach(const nucleus::devicetree::InterruptController& found, Delivery delivery);

  bool has(std::uint32_t line) const { return line != 0 && line <= line_count_; }
  /// `as`: direct: the priority, 1 at least; messages: the number that is sent.
  void send_to(std::uint32_t line, std::uint32_t hart, std::uint32_t as) const;
  void mask(std::uint32_t line) const;
  void unmask(std::uint32_t line) const;
  bool is_up(std::uint32_t line) const;
  /// Messages, of a masked line: unmasks it, and sends one if it is up, for nothing else would.
  void unmask_and_send(std::uint32_t line) const;

  const nucleus::platform::Mmio32& registers() const { return registers_; }

 private:
  nucleus::platform::Mmio32 registers_;
  std::uint32_t line_count_ = 0;
};

/// Direct delivery.
class Aplic final : public LineController {
 public:
  constexpr Aplic() = default;
  void attach(const nucleus::devicetree::InterruptController& found) override;
  void init_this_cpu(std::uint32_t target) override;
  void start(std::uint32_t target, std::uint32_t line) override;
  std::uint32_t take(std::uint32_t target) override;
  void let_through(std::uint32_t line) override;
  nucleus::Result<MessageLine> allocate_message(std::uint32_t) override {
    return nucleus::Error::not_supported;
  }

 private:
  AplicDomain domain_;
};

}  // namespace arch::riscv64
