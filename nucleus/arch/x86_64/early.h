// SPDX-License-Identifier: ISC
#pragma once

// What every boot path of x86_64 does before it hands over to the core. Its page tables map the first 4 GiB
// of physical memory in the direct map, and the image.

#include <cstdint>

namespace nucleus {
struct BootInfo;
class PhysicalReader;
}  // namespace nucleus

namespace arch::x86_64 {

/// First of all: the UART works, faults are caught and printed, the CPU has what the image needs (else a
/// panic that says what it lacks), its special features are on.
void begin();

/// Reads through the boot page tables.
nucleus::PhysicalReader boot_memory();

/// Bytes from the image's first to the end of its last page.
std::uint64_t image_size();

/// Last of all, with `boot` decoded: reads the ACPI tables that it names, or finds them; reserves what
/// secondary CPUs need of low memory; starts the measurement of the clocks that arch::discover() ends.
[[noreturn]] void enter_core(nucleus::BootInfo& boot);

}  // namespace arch::x86_64
