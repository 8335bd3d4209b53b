// SPDX-License-Identifier: ISC
#pragma once

// This CPU, the others, and the machine's end, on RISC-V. sscratch always points at this CPU's CpuEntry
// (nucleus/entry.h); tp belongs to the libc.

#include <nucleus/entry.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {
struct BootInfo;
}  // namespace nucleus

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
void set_this_cpu(nucleus::Cpu* cpu);

unsigned cpu_count();
bool start_cpu(unsigned index, nucleus::Cpu* cpu);
void send_ipi(unsigned index);
void stop_other_cpus();

void discover(const nucleus::BootInfo& boot);
void init_this_cpu();

unsigned hardware_entropy(std::span<std::uint8_t> bytes);
std::uint64_t hardware_capabilities();

[[noreturn]] void power_off(int status);
[[noreturn]] void reset();

}  // namespace arch
