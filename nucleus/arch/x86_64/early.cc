// SPDX-License-Identifier: ISC

// The port's side of the boot story: from the first C++ instruction to the core's entry, and later
// discover().

#include "early.h"

#include <boot/common/memory_ranges.h>
#include <boot/common/physical_reader.h>

#include <nucleus/arch_upcalls.h>
#include <nucleus/boot_info.h>
#include <nucleus/image.h>
#include <nucleus/log.h>
#include <nucleus/memory_layout.h>
#include <nucleus/panic.h>

#include <arch/cpu.h>

#include <platform/x86/interrupt_controllers.h>
#include <platform/x86/measure.h>
#include <platform/x86/soft_off.h>
#include <platform/x86/timer.h>

#include "clock.h"
#include "cpu_page.h"
#include "instructions.h"
#include "parts.h"
#include "traps.h"

namespace arch {

using nucleus::PhysAddr;
using nucleus::VirtAddr;

namespace {

constinit x86_64::CpuPage boot_cpu_page;
nucleus::acpi::Machine firmware;
bool can_start_others = false;

constexpr std::uint64_t boot_mapped_size = std::uint64_t{4} << 30;

const std::byte* map_at_boot(void*, PhysAddr at, std::size_t size) {
  if (at.value >= boot_mapped_size || size > boot_mapped_size - at.value) return nullptr;
  return nucleus::layout::direct(at).as<const std::byte>();
}

/// Caches do not matter to the few readings that are taken this way.
volatile std::uint32_t* map_device_at_boot(PhysAddr at, std::size_t) {
  return nucleus::layout::direct(at).as<volatile std::uint32_t>();
}

bool is_memory(const nucleus::BootInfo& boot, nucleus::PhysRange range) {
  for (unsigned i = 0; i < boot.memory_count; ++i) {
    if (boot.memory[i].start <= range.start && range.end() <= boot.memory[i].end()) return true;
  }
  return false;
}

void read_firmware(nucleus::BootInfo& boot) {
  const nucleus::PhysicalReader memory = x86_64::boot_memory();
  if (boot.rsdp.value == 0) boot.rsdp = nucleus::acpi::find_root_pointer(memory);
  if (boot.rsdp.value != 0) nucleus::acpi::read_machine(boot.rsdp, memory, firmware);
  // Nobody should find memory at address zero.
  NUCLEUS_CHECK(nucleus::add_reserved(boot, {{0}, nucleus::page_size}).ok());
  if (firmware.processor_count > 1 && is_memory(boot, x86_64::secondary_start_memory)) {
    NUCLEUS_CHECK(nucleus::add_reserved(boot, x86_64::secondary_start_memory).ok());
    can_start_others = true;
  }
}

}  // namespace

const nucleus::acpi::Machine& x86_64::machine() {
  return firmware;
}

void x86_64::begin() {
  init_uart();
  load_cpu_page(boot_cpu_page);
  init_interrupt_gates();
  load_interrupt_gates();
  check_cpu_features();
  enable_cpu_features();
  enable_fp();
}

nucleus::PhysicalReader x86_64::boot_memory() {
  return {map_at_boot, nullptr};
}

std::uint64_t x86_64::image_size() {
  return nucleus::align_up(VirtAddr::of(image_data_end).value, nucleus::page_size) -
         nucleus::layout::image_start.value;
}

void x86_64::enter_core(nucleus::BootInfo& boot) {
  boot.direct_mapped = {{0}, boot_mapped_size};
  read_firmware(boot);
  // The sooner the measurement starts, the less there is to wait for its end.
  init_local_apic(map_device_at_boot);
  begin_measuring(map_device_at_boot);
  nucleus::upcall_boot(boot);
}

volatile std::uint32_t* x86_64::map_registers(nucleus::PhysAddr at, std::size_t size) {
  auto mapped = nucleus::map_device(at, size, nucleus::MemoryType::device);
  if (!mapped.ok()) nucleus::panic("no memory to map a device's registers");
  return mapped.value().as<volatile std::uint32_t>();
}

void discover(const nucleus::BootInfo&) {
  x86_64::init_local_apic(x86_64::map_registers);
  x86_64::remap_reference(x86_64::map_registers);
  x86_64::init_interrupt_controllers();
  x86_64::init_clock();
  x86_64::init_timer();
  if (can_start_others) x86_64::find_secondary_cpus();
  x86_64::prepare_soft_off(firmware);
}

}  // namespace arch
