// SPDX-License-Identifier: ISC
#pragma once

// This CPU, the others, and the machine's end, on AArch64. TPIDR_EL1 always points at this CPU's CpuEntry
// (nucleus/entry.h).

#include <nucleus/entry.h>

#include <arch/cpus.h>

#include <string_view>

namespace arch {

inline constexpr std::string_view name = "aarch64";

inline nucleus::CpuEntry* cpu_entry() {
  nucleus::CpuEntry* entry;
  asm volatile("mrs %0, tpidr_el1" : "=r"(entry));
  return entry;
}
inline nucleus::Cpu* this_cpu() {
  return cpu_entry()->self;
}

}  // namespace arch
