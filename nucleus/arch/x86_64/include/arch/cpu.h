// SPDX-License-Identifier: ISC
#pragma once

// This CPU, the others, and the machine's end, on x86_64. GS base always points at this CPU's CpuEntry
// (nucleus/entry.h).

#include <arch/cpus.h>

#include <string_view>

namespace arch {

inline constexpr std::string_view name = "x86_64";

inline nucleus::Cpu* this_cpu() {
  nucleus::Cpu* cpu;
  asm volatile("movq %%gs:0, %0" : "=r"(cpu));
  return cpu;
}

}  // namespace arch
