// SPDX-License-Identifier: ISC
#pragma once

// The smaller parts of the port, as its boot story (early.cc, secondary_cpu.cc) calls them.

#include <nucleus/boot_info.h>

#include <platform/acpi/tables.h>

#include <cstddef>
#include <cstdint>

namespace arch::x86_64 {
struct CpuPage;

/// uart.cc
void init_uart();
/// cpu_features.cc. Panics if the CPU has not got what the nucleus and the image need.
void check_cpu_features();
/// cpu_features.cc. This CPU's control registers and memory types.
void enable_cpu_features();
/// fp.cc. Turns this CPU's vector state on; the first call also decides the size of a save area.
void enable_fp();
/// cpu_page.cc. Loads descriptor table, task state and a record for "no CPU yet" on this CPU.
void load_cpu_page(CpuPage& page);

/// secondary_cpu.cc. Once, when the boot CPU's local APIC is on.
void find_secondary_cpus();

/// What the firmware tables said.
const nucleus::acpi::Machine& machine();

/// A device's registers, mapped for good; panics if that fails.
volatile std::uint32_t* map_registers(nucleus::PhysAddr at, std::size_t size);

/// Where secondary CPUs start in real mode, below 640 KiB, reserved where there are such CPUs: a page of
/// code, and three of page tables that map it.
inline constexpr nucleus::PhysRange secondary_start_memory{{0x8000}, 4 * nucleus::page_size};

}  // namespace arch::x86_64
