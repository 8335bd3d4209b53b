// SPDX-License-Identifier: ISC

// Lines of devices: those of I/O APICs, and behind them the messages.

#include <arch/devices.h>

#include <nucleus/spin_lock.h>

#include <arch/x86_64/vectors.h>

#include "interrupt_controllers.h"
#include "io_apic.h"

namespace arch {
namespace {

using namespace x86_64;

constexpr std::uint32_t largest_destination = 0xfe;

/// An I/O APIC has one window for all its registers.
constinit nucleus::SpinLock io_apic_lock{nucleus::Rank::interrupt_controller};

}  // namespace

void x86_64::acknowledge_line(unsigned line) {
  // Before the end of the interrupt: a level would raise it again at once.
  if (line < line_of_first_message && line != console_line()) {
    nucleus::SpinGuard guard{io_apic_lock};
    if (const IoApic* const owner = io_apic_of(line)) owner->set_masked(line, true);
  }
  acknowledge_interrupt();
}

bool start_line(unsigned line, LineForm form) {
  if (line >= line_of_first_message) return true;
  const IoApic* const owner = io_apic_of(line);
  nucleus::SpinGuard guard{io_apic_lock};
  const std::uint32_t apic_id = local_apic().id();
  if (owner == nullptr || apic_id > largest_destination) return false;
  owner->route(line, static_cast<std::uint8_t>(vector::first_line + line), apic_id,
               form.active_low ? Polarity::active_low : Polarity::active_high,
               form.level ? Trigger::level : Trigger::edge);
  return true;
}

/// A message is never masked.
void unmask_line(unsigned line) {
  if (line >= line_of_first_message) return;
  nucleus::SpinGuard guard{io_apic_lock};
  if (const IoApic* const owner = io_apic_of(line)) owner->set_masked(line, false);
}

}  // namespace arch
