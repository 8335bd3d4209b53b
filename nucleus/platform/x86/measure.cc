// SPDX-License-Identifier: ISC

#include "measure.h"

#include <nucleus/panic.h>

#include <arch/x86_64/instructions.h>
#include <arch/x86_64/parts.h>

#include "interrupt_controllers.h"

namespace arch::x86_64 {
namespace {

constexpr std::uint64_t fs_per_ns = 1'000'000;

ReferenceCounter the_reference;
Sample first_sample;

Sample take_sample() {
  constexpr unsigned attempts = 8;
  Sample best;
  for (unsigned i = 0; i < attempts; ++i) {
    const std::uint64_t before = read_tsc();
    const std::uint32_t count = the_reference.read() & the_reference.mask;
    const std::uint64_t after = read_tsc();
    if (after - before < best.bracket) {
      best = {count, before + (after - before) / 2, after - before, local_apic().timer_count()};
    }
  }
  return best;
}

Measurement between(const Sample& from, const Sample& to) {
  const std::uint64_t counts = (to.reference - from.reference) & the_reference.mask;
  return {.ns = counts * the_reference.period_fs / fs_per_ns,
          .ticks = to.tsc - from.tsc,
          .timer_counts = from.timer - to.timer};
}

}  // namespace

const ReferenceCounter& reference() {
  return the_reference;
}

std::uint64_t longest_measurement_ns() {
  return static_cast<std::uint64_t>(the_reference.mask / 2) * (the_reference.period_fs / 1000) /
         (fs_per_ns / 1000);
}

void begin_measuring(MapRegisters map) {
  the_reference = find_reference_counter(machine(), map);
  if (the_reference.name == nullptr) nucleus::panic("no HPET, PM timer or PIT to measure the TSC by");
  local_apic().start_timer(~0u);
  first_sample = take_sample();
}

void remap_reference(MapRegisters map) {
  remap_reference_counter(machine(), map);
}

Measurement measure_at_boot() {
  constexpr std::uint64_t least_ns = 100'000;
  for (;;) {
    const Sample now = take_sample();
    const Measurement measured = between(first_sample, now);
    const bool precise =
        (now.bracket + first_sample.bracket) * 200 < measured.ticks && measured.ns >= least_ns;
    if (!precise && measured.ns < longest_measurement_ns() / 2) continue;
    local_apic().start_timer(0);
    return measured;
  }
}

Measurement measure_now() {
  return between(first_sample, take_sample());
}

}  // namespace arch::x86_64
