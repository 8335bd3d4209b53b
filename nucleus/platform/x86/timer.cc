// SPDX-License-Identifier: ISC

// The one-shot timer of each CPU: its local APIC's, in TSC-deadline mode where there is one.

#include "timer.h"

#include <arch/clock.h>

#include <algorithm>

#include <arch/x86_64/clock.h>
#include <arch/x86_64/cpu_features.h>
#include <arch/x86_64/cpu_page.h>
#include <arch/x86_64/instructions.h>
#include <arch/x86_64/vectors.h>

#include "interrupt_controllers.h"
#include "local_apic.h"

namespace arch {
namespace {

using namespace x86_64;

constexpr std::uint64_t largest_count = 0xffff'ffff;

constexpr std::uint64_t never = ~std::uint64_t{0};

void stop_hardware() {
  if (cpu_features().tsc_deadline) {
    write_msr(msr::tsc_deadline, 0);
  } else {
    local_apic().start_timer(0);
  }
}

/// Sets the hardware for the deadline or for the clock's own work, whichever comes first.
void start_hardware(std::uint64_t wait_ns) {
  wait_ns = std::min(wait_ns, ns_to_clock_work());
  if (wait_ns == never) return stop_hardware();
  // A count of 0 would stop it; one more makes up for rounding down.
  const std::uint64_t count = timer_counts_per_ns().of(wait_ns) + 1;
  if (cpu_features().tsc_deadline) {
    write_msr(msr::tsc_deadline, read_tsc() + count);
  } else {
    local_apic().start_timer(static_cast<std::uint32_t>(std::min(count, largest_count)));
  }
}

}  // namespace

void x86_64::init_timer() {
  local_apic().set_timer_vector(vector::timer, cpu_features().tsc_deadline);
  stop_timer();
}

bool x86_64::timer_is_due() {
  CpuPage& page = this_cpu_page();
  do_clock_work();
  if (page.timer_deadline_ns == 0) {
    start_hardware(never);
    return false;
  }
  const std::uint64_t now_ns = monotonic_ns();
  if (now_ns >= page.timer_deadline_ns) {
    page.timer_deadline_ns = 0;
    return true;
  }
  start_hardware(page.timer_deadline_ns - now_ns);
  return false;
}

void set_timer(std::uint64_t deadline_ns) {
  this_cpu_page().timer_deadline_ns = deadline_ns;
  const std::uint64_t now_ns = monotonic_ns();
  start_hardware(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
}

void stop_timer() {
  this_cpu_page().timer_deadline_ns = 0;
  start_hardware(never);
}

}  // namespace arch
