// SPDX-License-Identifier: ISC

#include <arch/clock.h>

#include <platform/tick_scale.h>

#include "clock_setup.h"
#include "registers.h"

namespace arch {
namespace {

using namespace aarch64;

// The counter starts with the machine; CLOCK_MONOTONIC must be above one second from the start.
constexpr std::uint64_t offset_ns = 2'000'000'000;
constinit nucleus::platform::TickScale scale;

constexpr std::uint64_t timer_enabled = 1u << 0;

}  // namespace

void aarch64::init_clock() {
  const std::uint64_t frequency = read_counter_frequency();
  scale = {frequency >= 1'000 ? frequency : 62'500'000, offset_ns};
}

std::uint64_t monotonic_ns() {
  return scale.to_ns(read_counter());
}

void set_timer(std::uint64_t deadline_ns) {
  const std::uint64_t ticks = read_counter();
  const std::uint64_t now = scale.to_ns(ticks);
  write_timer_compare(scale.ticks_after(ticks, deadline_ns > now ? deadline_ns - now : 0));
  write_timer_control(timer_enabled);
  instruction_barrier();
}

void stop_timer() {
  write_timer_control(0);
  instruction_barrier();
}

}  // namespace arch
