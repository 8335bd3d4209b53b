// SPDX-License-Identifier: ISC
#pragma once

// The incoming message-signalled interrupt controller: each hart has a page to which devices write the number
// of an interrupt. The APLIC's lines come this way, too. A number means the same on all harts, but what it
// belongs to writes to one of them.  Spec: [riscv/aia "Incoming MSI Controller (IMSIC)"]

#include <nucleus/boot_info.h>

#include <arch/riscv64/line_controller.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "aplic.h"

namespace arch::riscv64 {

class Imsic final : public LineController {
 public:
  constexpr Imsic() = default;
  void attach(const nucleus::devicetree::InterruptController& found) override;
  void init_this_cpu(std::uint32_t target) override;
  void start(std::uint32_t target, std::uint32_t line) override;
  std::uint32_t take(std::uint32_t target) override;
  void let_through(std::uint32_t line) override;
  nucleus::Result<MessageLine> allocate_message(std::uint32_t target) override;

 private:
  /// Lines below are the APLIC's; those from here on are messages of devices.
  static constexpr std::uint32_t first_message_line = 1024;
  static constexpr unsigned max_numbers = 256;

  /// For `line`; 0: for the message line that the number makes.
  nucleus::Result<std::uint32_t> allocate_number(std::uint32_t line);

  AplicDomain domain_;
  nucleus::PhysRange pages_{};
  unsigned page_shift_ = 0;         // log2 of the distance of the harts' pages
  std::uint32_t number_count_ = 0;  // of which 0 is none
  std::atomic<std::uint32_t> used_{0};
  std::array<std::atomic<std::uint32_t>, max_numbers> lines_{};  // which line a number is
};

}  // namespace arch::riscv64
