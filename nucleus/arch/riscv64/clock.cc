// SPDX-License-Identifier: ISC

#include <arch/clock.h>
#include <nucleus/boot_info.h>
#include <platform/rtc/devicetree_clock.h>
#include <platform/tick_scale.h>

#include "machine.h"
#include "registers.h"
#include "sbi.h"

namespace arch {
namespace {

using namespace riscv64;

// The counter starts with the machine; CLOCK_MONOTONIC must be above one second from the start.
constexpr std::uint64_t offset_ns = 2'000'000'000;
constexpr std::uint32_t usual_frequency = 10'000'000;
constexpr std::uint64_t never = ~std::uint64_t{0};

constinit nucleus::platform::TickScale scale;
constinit nucleus::platform::DevicetreeClock wall_clock;
constinit bool has_time_compare = false;

void set_alarm(std::uint64_t time) {
  if (has_time_compare) {
    write_time_compare(time);
  } else {
    sbi::set_timer(time);
  }
}

}  // namespace

void riscv64::init_clock() {
  const std::uint32_t frequency = machine().timebase_hz;
  scale = {frequency >= 1'000 ? frequency : usual_frequency, offset_ns};
  has_time_compare = machine().cpu_count > 0;
  for (unsigned i = 0; i < machine().cpu_count; ++i) has_time_compare &= machine().cpus[i].supervisor_timer;
}

std::uint64_t monotonic_ns() {
  return scale.to_ns(read_time());
}

void set_timer(std::uint64_t deadline_ns) {
  const std::uint64_t ticks = read_time();
  const std::uint64_t now = scale.to_ns(ticks);
  set_alarm(scale.ticks_after(ticks, deadline_ns > now ? deadline_ns - now : 0));
}

void stop_timer() {
  set_alarm(never);
}

void riscv64::discover_wall_clock() {
  wall_clock.attach(machine(), nucleus::boot_info().date_seconds);
}

std::uint64_t wall_clock_ns() {
  return wall_clock.read_ns();
}

}  // namespace arch
