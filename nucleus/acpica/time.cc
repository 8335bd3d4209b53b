// SPDX-License-Identifier: ISC

// ACPICA's clock, and AML's Sleep and Stall.

#include <acpica/interpreter/services.h>

#include <nucleus/time.h>
#include <nucleus/wait_queue.h>

#include <arch/interrupts.h>

#include <algorithm>

uint64_t nucleus_acpi_timer() {
  constexpr std::uint64_t tick_ns = 100;
  return nucleus::monotonic_ns() / tick_ns;
}

void nucleus_acpi_sleep(uint64_t ms) {
  using namespace nucleus;
  constexpr std::uint64_t longest_ms = 2'000;  // as the specification allows
  const Deadline end = Deadline::after(std::min(ms, longest_ms) * ns_per_ms);
  // A signal waits until the method is done.
  while (!end.passed()) park(end);
}

void nucleus_acpi_stall(uint32_t us) {
  using namespace nucleus;
  const Deadline end = Deadline::after(us * ns_per_us);
  while (!end.passed()) arch::relax();
}
