// SPDX-License-Identifier: ISC
#pragma once

// The CPUs of a machine, and its end: what each port supplies (contract.h). A port's <arch/cpu.h> includes
// this and adds how it finds this CPU's record.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {
class Cpu;
struct BootInfo;
}  // namespace nucleus

namespace arch {

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
