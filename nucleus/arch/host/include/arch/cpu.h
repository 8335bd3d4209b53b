// SPDX-License-Identifier: ISC
#pragma once

// The simulated machine's CPUs.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {
class Cpu;
struct BootInfo;
}  // namespace nucleus

namespace arch {

inline constexpr std::string_view name = "host";

nucleus::Cpu* this_cpu();
void set_this_cpu(nucleus::Cpu* cpu);
unsigned cpu_count();
bool start_cpu(unsigned index, nucleus::Cpu* cpu);
void send_ipi(unsigned index);
void discover(const nucleus::BootInfo& boot);
void init_this_cpu();
unsigned hardware_entropy(std::span<std::uint8_t> bytes);
[[noreturn]] void power_off(int status);
[[noreturn]] void reset();
void stop_other_cpus();
std::uint64_t hardware_capabilities();

}  // namespace arch
