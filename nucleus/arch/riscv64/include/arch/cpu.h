// SPDX-License-Identifier: ISC
#pragma once

// This CPU, the others, and the machine's end, on RISC-V. sscratch always points at this CPU's CpuEntry
// (nucleus/entry.h); tp belongs to the libc.

#include <nucleus/entry.h>

#include <arch/cpus.h>

#include <string_view>

namespace arch {

inline constexpr std::string_view name = "riscv64";

inline nucleus::CpuEntry* cpu_entry() {
  nucleus::CpuEntry* entry;
  asm volatile("csrr %0, sscratch" : "=r"(entry));
  return entry;
}
inline nucleus::Cpu* this_cpu() {
  return cpu_entry()->self;
}

}  // namespace arch
