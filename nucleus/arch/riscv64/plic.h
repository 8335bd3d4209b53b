// SPDX-License-Identifier: ISC
#pragma once

// The platform-level interrupt controller. A line is enabled for one context (a hart in supervisor mode) at a
// time: that of the CPU that unmasked it.  Spec: [riscv/plic]

#include <platform/devicetree/machine.h>
#include <platform/mmio.h>

#include <cstdint>

namespace arch::riscv64 {

class Plic {
 public:
  constexpr Plic() = default;
  /// Maps the registers; masks all lines. Panics on a machine without PLIC.
  void attach(const nucleus::devicetree::InterruptController& found);
  /// Lets every priority through to the running CPU, and masks all lines for it.
  void init_context(std::uint32_t context) const;

  void unmask(std::uint32_t context, std::uint32_t line) const;
  /// The next pending line; 0 if there is none.
  std::uint32_t claim(std::uint32_t context) const;
  void complete(std::uint32_t context, std::uint32_t line) const;

 private:
  nucleus::platform::Mmio32 registers_;
  std::uint32_t line_count_ = 0;
};

}  // namespace arch::riscv64
