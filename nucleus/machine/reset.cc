// SPDX-License-Identifier: ISC

#include "on_kernel_stack.h"

#include <nucleus.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>

void nucleus_reset() {
  nucleus::on_kernel_stack([] {
    arch::stop_other_cpus();
    arch::disable_interrupts();
    arch::reset();
  });
}
