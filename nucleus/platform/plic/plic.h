// SPDX-License-Identifier: ISC
#pragma once

// The platform-level interrupt controller. A line is enabled for one context (a hart in supervisor mode) at a
// time: that of the CPU that started it.  Spec: [riscv/plic]

#include <arch/riscv64/line_controller.h>

#include <platform/mmio.h>

#include <array>
#include <cstdint>

namespace arch::riscv64 {

/// A claimed line does not interrupt again before it is completed. One that was masked in between could not
/// be.
class Plic final : public LineController {
 public:
  constexpr Plic() = default;
  void attach(const nucleus::devicetree::InterruptController& found) override;
  void init_this_cpu(std::uint32_t target) override;
  void start(std::uint32_t target, std::uint32_t line) override;
  std::uint32_t take(std::uint32_t target) override;
  void let_through(std::uint32_t line) override;
  nucleus::Result<MessageLine> allocate_message(std::uint32_t) override {
    return nucleus::Error::not_supported;
  }

 private:
  static constexpr std::uint32_t highest_line = 1023;

  nucleus::platform::Mmio32 registers_;
  std::uint32_t line_count_ = 0;
  std::array<std::uint32_t, highest_line + 1> contexts_{};  // where lines were sent
};

}  // namespace arch::riscv64
