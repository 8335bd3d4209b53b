// SPDX-License-Identifier: ISC
#pragma once

// GICv3: a distributor, a redistributor for each CPU, and a CPU interface in system registers.

#include <arch/aarch64/interrupt_controller.h>

#include <nucleus/boot_info.h>

#include "gic_distributor.h"
#include "lpi_tables.h"

namespace arch::aarch64 {

class GicV3 final : public Gic {
 public:
  constexpr GicV3() = default;
  void set_registers(std::uintptr_t distributor, std::uintptr_t redistributors,
                     nucleus::PhysRange redistributors_at) {
    distributor_ = {distributor};
    redistributors_ = redistributors;
    redistributors_at_ = redistributors_at;
  }
  /// Makes each CPU that is initialised from now on take LPIs, where its redistributor can.
  LpiTables& make_lpis();
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
  std::uintptr_t find_redistributor(std::uint64_t affinity) const;
  nucleus::platform::Mmio32 registers_of(std::uint32_t line) const;

  nucleus::platform::Mmio32 distributor_;
  std::uintptr_t redistributors_ = 0;
  nucleus::PhysRange redistributors_at_{};
  LpiTables lpis_;
};

}  // namespace arch::aarch64
