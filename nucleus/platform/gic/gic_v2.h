// SPDX-License-Identifier: ISC
#pragma once

// GICv2: a distributor and a memory-mapped interface for each CPU, at most eight of them.

#include <arch/aarch64/interrupt_controller.h>

#include "gic_distributor.h"

namespace arch::aarch64 {

class GicV2 final : public Gic {
 public:
  constexpr GicV2() = default;
  void set_registers(std::uintptr_t distributor, std::uintptr_t cpu_interface) {
    distributor_ = {distributor};
    interface_ = {cpu_interface};
  }
  void init_distributor() override;
  void init_this_cpu() override;
  void unmask(std::uint32_t line) override;
  void unmask_again(std::uint32_t line) override { gicd::set_line(distributor_, gicd::set_enable, line); }
  void mask(std::uint32_t line) override;
  void set_edge_triggered(std::uint32_t line) override { gicd::set_edge_triggered(distributor_, line); }
  std::uint32_t acknowledge() override;
  void complete(std::uint32_t acknowledged) override;
  void send_software_interrupt(std::uint32_t line, unsigned cpu_index) override;

 private:
  nucleus::platform::Mmio32 distributor_;
  nucleus::platform::Mmio32 interface_;
  std::uint8_t cpu_bits_[8] = {};  // by the core's CPU index: the distributor's target bit
};

}  // namespace arch::aarch64
