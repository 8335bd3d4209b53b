// SPDX-License-Identifier: ISC

// Spec: [hpet "Register Definitions"], [acpi "Power Management Timer"], [intel/8254]

#include "reference_counter.h"

#include <arch/x86_64/instructions.h>
#include <initializer_list>

namespace arch::x86_64 {
namespace {

constexpr std::uint64_t fs_per_s = 1'000'000'000'000'000;

// HPET registers, in 32-bit words.
constexpr unsigned hpet_period = 4 / 4;  // high half of the capabilities
constexpr unsigned hpet_configuration = 0x10 / 4;
constexpr unsigned hpet_counter = 0xf0 / 4;
constexpr std::size_t hpet_size = 0x400;
constexpr std::uint32_t hpet_enable = 1;
constexpr std::uint32_t hpet_longest_period_fs = 100'000'000;

volatile std::uint32_t* hpet;
std::uint16_t pm_timer_port;

std::uint32_t read_hpet() {
  return hpet[hpet_counter];
}
std::uint32_t read_pm_timer() {
  return in32(pm_timer_port);
}

constexpr std::uint16_t pit_data_0 = 0x40;
constexpr std::uint16_t pit_command = 0x43;

/// The channel counts down: turned round.
std::uint32_t read_pit() {
  out8(pit_command, 0x00);  // latch channel 0
  const std::uint8_t low = in8(pit_data_0);
  const std::uint8_t high = in8(pit_data_0);
  return static_cast<std::uint16_t>(~(high << 8 | low));
}

void start_pit() {
  out8(pit_command, 0x34);  // channel 0, both bytes, rate generator: wraps at 65,536
  out8(pit_data_0, 0);
  out8(pit_data_0, 0);
}

/// A counter that is not there never moves.
bool moves(const ReferenceCounter& counter) {
  const std::uint32_t first = counter.read() & counter.mask;
  for (unsigned i = 0; i < 1000; ++i) {
    if ((counter.read() & counter.mask) != first) return true;
  }
  return false;
}

ReferenceCounter try_hpet(const nucleus::acpi::Machine& machine, MapRegisters map) {
  if (machine.hpet.value == 0) return {};
  hpet = map(machine.hpet, hpet_size);
  const std::uint32_t period_fs = hpet[hpet_period];
  if (period_fs == 0 || period_fs > hpet_longest_period_fs) return {};
  hpet[hpet_configuration] = hpet[hpet_configuration] | hpet_enable;
  return {"hpet", read_hpet, ~0u, period_fs};
}

ReferenceCounter try_pm_timer(const nucleus::acpi::Machine& machine, MapRegisters) {
  using Space = nucleus::acpi::Register::Space;
  if (!machine.fadt.pm_timer.present() || machine.fadt.pm_timer.space != Space::io) return {};
  pm_timer_port = static_cast<std::uint16_t>(machine.fadt.pm_timer.address);
  constexpr std::uint64_t pm_timer_hz = 3'579'545;
  return {"pm-timer", read_pm_timer, machine.fadt.pm_timer_has_32_bits() ? ~0u : 0xff'ffffu,
          fs_per_s / pm_timer_hz};
}

ReferenceCounter try_pit(const nucleus::acpi::Machine&, MapRegisters) {
  start_pit();
  constexpr std::uint64_t pit_hz = 1'193'182;
  return {"pit", read_pit, 0xffff, fs_per_s / pit_hz};
}

}  // namespace

ReferenceCounter find_reference_counter(const nucleus::acpi::Machine& machine, MapRegisters map) {
  for (const auto attempt : {try_hpet, try_pm_timer, try_pit}) {
    const ReferenceCounter counter = attempt(machine, map);
    if (counter.name != nullptr && moves(counter)) return counter;
  }
  return {};
}

void remap_reference_counter(const nucleus::acpi::Machine& machine, MapRegisters map) {
  if (hpet != nullptr) hpet = map(machine.hpet, hpet_size);
}

}  // namespace arch::x86_64
