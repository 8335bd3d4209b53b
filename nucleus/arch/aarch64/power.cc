// SPDX-License-Identifier: ISC

// The machine's end: by a semihosting call where somebody listens, since only that carries a status, else by
// PSCI.

#include <arch/cpu.h>
#include <arch/interrupts.h>

#include "machine.h"
#include "registers.h"

namespace arch {

using namespace aarch64;
using nucleus::devicetree::PsciConduit;

extern "C" {
extern const std::byte arch_power_off_vectors[];
[[noreturn]] void arch_semihosting_refused();
}

std::uint64_t aarch64::call_psci(std::uint64_t function, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const PsciConduit conduit = machine().psci;  // before the registers are claimed
  register std::uint64_t x0 asm("x0") = function;
  register std::uint64_t x1 asm("x1") = a;
  register std::uint64_t x2 asm("x2") = b;
  register std::uint64_t x3 asm("x3") = c;
  if (conduit == PsciConduit::smc) {
    asm volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
  } else if (conduit == PsciConduit::hvc) {
    asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
  } else {
    x0 = ~std::uint64_t{0};  // NOT_SUPPORTED
  }
  return x0;
}

/// Spec: [arm/semihosting "SYS_EXIT (0x18)"]
void power_off(int status) {
  disable_interrupts();
  write_vector_base(reinterpret_cast<std::uintptr_t>(arch_power_off_vectors));
  instruction_barrier();
  const std::uint64_t block[2] = {0x20026 /* ADP_Stopped_ApplicationExit */,
                                  static_cast<std::uint32_t>(status)};
  register std::uint64_t x0 asm("x0") = 0x18;
  register const std::uint64_t* x1 asm("x1") = block;
  asm volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
  arch_semihosting_refused();
}

void reset() {
  disable_interrupts();
  call_psci(psci_system_reset);
  for (;;) asm volatile("wfi");
}

/// Reached by the exception that an unanswered semihosting call raises. Context: any stack.
extern "C" void arch_semihosting_refused() {
  call_psci(psci_system_off);
  for (;;) asm volatile("wfi");
}

}  // namespace arch
