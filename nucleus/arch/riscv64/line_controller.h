// SPDX-License-Identifier: ISC
#pragma once

// What collects the devices' interrupts for the CPUs' one external one, whichever kind of it the machine has.

#include <nucleus/result.h>

#include <arch/devices.h>

#include <platform/devicetree/machine.h>

#include <cstdint>

namespace arch::riscv64 {

/// Lines are numbers above 0. CPUs are named as the controller knows them, by MachineCpu::interrupt_target.
class LineController {
 public:
  /// Maps the registers; masks all lines. Panics where that cannot be.
  virtual void attach(const nucleus::devicetree::InterruptController& found) = 0;
  /// Makes the running CPU, which is `target`, take interrupts. Context: interrupts off.
  virtual void init_this_cpu(std::uint32_t target) = 0;

  /// Sends a line to `target`, which is the running CPU, and lets it through. Context: interrupts off.
  virtual void start(std::uint32_t target, std::uint32_t line) = 0;
  /// The next pending line of the running CPU, which is `target`; 0 if there is none. It does not come again
  /// before let_through(). Context: interrupts off.
  virtual std::uint32_t take(std::uint32_t target) = 0;
  /// A line that take() has given, to where start() has sent it. Context: any.
  virtual void let_through(std::uint32_t line) = 0;

  /// A line for messages to `target`, which is the running CPU. Errors: not_supported, too_many.
  virtual nucleus::Result<MessageLine> allocate_message(std::uint32_t target) = 0;

 protected:
  ~LineController() = default;
};

}  // namespace arch::riscv64
