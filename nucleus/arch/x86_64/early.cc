// SPDX-License-Identifier: ISC

// The port's side of the boot story: from the first C++ instruction to the core's entry, and later
// discover().

#include "early.h"

#include <boot/common/memory_ranges.h>
#include <boot/common/physical_reader.h>

#include <nucleus/arch_upcalls.h>
#include <nucleus/boot_info.h>
#include <nucleus/log.h>
#include <nucleus/panic.h>

#include <arch/cpu.h>

#include "clock.h"
#include "cpu_page.h"
#include "instructions.h"
#include "interrupt_controllers.h"
#include "measure.h"
#include "parts.h"
#include "timer.h"
#include "traps.h"

namespace arch {
namespace {

constinit x86_64::CpuPage boot_cpu_page;
nucleus::acpi::Machine firmware;
volatile std::uint8_t* sleep_control = nullptr;

/// Mapped beforehand, because a machine that ends can no longer map anything.
void map_sleep_control() {
  using Space = nucleus::acpi::Register::Space;
  const auto& entry = firmware.sleep_control;
  if (!firmware.has_soft_off || !entry.present() || entry.space != Space::memory) return;
  sleep_control = reinterpret_cast<volatile std::uint8_t*>(x86_64::map_registers({entry.address}, 1));
}

}  // namespace

const nucleus::acpi::Machine& x86_64::machine() {
  return firmware;
}

volatile std::uint8_t* x86_64::sleep_control_register() {
  return sleep_control;
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

void x86_64::read_firmware(const nucleus::PhysicalReader& memory, nucleus::BootInfo& boot) {
  if (boot.rsdp.value == 0) boot.rsdp = nucleus::acpi::find_root_pointer(memory);
  if (boot.rsdp.value != 0) nucleus::acpi::read_machine(boot.rsdp, memory, firmware);
  // Nobody should find memory at address zero; and secondary CPUs start in real mode.
  const bool reserved = nucleus::add_reserved(boot, {{0}, nucleus::page_size}).ok() &&
                        (firmware.processor_count < 2 ||
                         nucleus::add_reserved(boot, {secondary_start_page, nucleus::page_size}).ok());
  NUCLEUS_CHECK(reserved);
}

/// The sooner it starts, the less there is to wait for its end.
void x86_64::start_clocks(MapRegisters map) {
  init_local_apic(map);
  begin_measuring(map);
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
  x86_64::find_secondary_cpus();
  map_sleep_control();
}

}  // namespace arch
