// SPDX-License-Identifier: ISC
#pragma once

// The GIC, version 2 or 3, as the rest of the port sees it.  Spec: [arm/gic]

#include <arch/trap.h>
#include <platform/devicetree/machine.h>

#include <cstdint>

namespace arch::aarch64 {

/// One version of the controller. Lines are INTIDs: 0-15 software generated, 16-31 of one CPU, 32 and up
/// shared.
class Gic {
 public:
  /// The machine-wide part, once. Everything is masked after it.
  virtual void init_distributor() = 0;
  /// The running CPU's part; leaves its software-generated interrupts unmasked.
  virtual void init_this_cpu() = 0;
  /// Context: for lines below 32, that of the running CPU.
  virtual void unmask(std::uint32_t line) = 0;
  /// A shared line that was masked: it goes where it went.
  virtual void unmask_again(std::uint32_t line) = 0;
  virtual void mask(std::uint32_t line) = 0;
  /// A shared line, masked.
  virtual void set_edge_triggered(std::uint32_t line) = 0;
  /// Takes the next pending interrupt; `none_pending` and above if there is none.
  virtual std::uint32_t acknowledge() = 0;
  virtual void complete(std::uint32_t acknowledged) = 0;
  virtual void send_software_interrupt(std::uint32_t line, unsigned cpu_index) = 0;

 protected:
  ~Gic() = default;
};

inline constexpr std::uint32_t line_mask = 0x3ff;  // the rest of a GICv2 acknowledgement is the sender
inline constexpr std::uint32_t none_pending = 1020;
inline constexpr std::uint32_t first_shared_line = 32;
inline constexpr std::uint32_t ipi_line = 0;

/// Maps the controller's registers and picks the driver. Panics on a machine with none that is known.
void discover_interrupt_controller(const nucleus::devicetree::InterruptController& found);
Gic& interrupt_controller();

/// Takes and handles all pending interrupts.
void handle_interrupts(TrapFrame& frame);

}  // namespace arch::aarch64
