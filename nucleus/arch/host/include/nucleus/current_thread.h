// SPDX-License-Identifier: ISC
#pragma once

// The stacks of the simulated machine are not the nucleus', so the CPU's record says who runs.

#include <nucleus/cpu.h>

#include <arch/cpu.h>

namespace nucleus {

inline Thread& current_thread() {
  return *arch::this_cpu()->current;
}

}  // namespace nucleus
