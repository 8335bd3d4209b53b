// SPDX-License-Identifier: ISC

// From the entry stub (boot.S) to the core: the devicetree, the console, the clock.

#include <arch/mmu.h>
#include <arch/page_format.h>
#include <boot/common/image_table.h>
#include <boot/limine_devicetree/take.h>
#include <boot/linux_image/early_tables.h>
#include <boot/linux_image/linux_image.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/image.h>
#include <nucleus/panic.h>
#include <platform/acpi_arm/machine.h>

#include "clock_setup.h"
#include "console.h"
#include "machine.h"
#include "registers.h"
#include "start_block.h"

using nucleus::BootInfo;
using nucleus::PhysAddr;
using nucleus::VirtAddr;
using nucleus::boot::TablePage;

extern "C" {
extern TablePage arch_boot_root;
extern TablePage boot_identity_root;
extern TablePage boot_image_table;
extern TablePage boot_image_last_tables[nucleus::boot::max_split_blocks];
extern const char __image_end[];
extern const char arch_secondary_entry[];
}

namespace arch::aarch64 {
namespace {

constinit BootInfo boot;
constinit TablePage console_tables[2];

PhysAddr physical(const void* part_of_image) {
  return boot.image.start + (VirtAddr::of(part_of_image) - VirtAddr::of(image_start_address));
}

}  // namespace

/// Context: the MMU is off, the code runs at its physical address, on the boot stack.
extern "C" void arch_fill_image_table(PhysAddr image) {
  nucleus::boot::fill_image_table<NativePageFormat>(
      boot_image_table, boot_image_last_tables,
      PhysAddr{reinterpret_cast<std::uintptr_t>(boot_image_last_tables)}, image,
      nucleus::boot::image_parts());
}

/// `devicetree`: 0 if a Limine loader started us. Context: boot stack, boot page tables, interrupts off.
extern "C" [[noreturn]] void arch_boot(PhysAddr devicetree, PhysAddr image) {
  nucleus::boot::EarlyTables<NativePageFormat> tables{arch_boot_root, image};
  const nucleus::PhysRange image_range{image, VirtAddr::of(__image_end) - VirtAddr::of(image_start_address)};
  const auto map_direct = [&](nucleus::PhysRange range) {
    if (tables.map_direct(range)) publish_page_table();
  };
  init_clock();
  boot.boot_cpu_id = affinity(read_mpidr());
  const char* problem = nullptr;
  if (nucleus::limine::started_us()) {
    problem =
        nucleus::limine::take(image_range, map_direct, nucleus::acpi::decode_arm_machine, boot, machine());
  } else if (!nucleus::boot::take_linux_image(devicetree, image_range, map_direct, boot, machine()).ok()) {
    for (;;) asm volatile("wfi");  // without a devicetree there is no console to complain on
  }
  if (boot.console.size != 0) {
    const VirtAddr at = tables.map_console(boot.console.start, console_tables[0], console_tables[1]);
    publish_page_table();
    console().attach(machine().uart, at);
  }
  if (problem != nullptr) nucleus::panic(problem);
  nucleus::upcall_boot(boot);
}

PhysAddr secondary_entry_address() {
  return physical(arch_secondary_entry);
}

void fill_start_block(StartBlock& block, const nucleus::CpuEntry& entry, std::byte* catch_stack_top) {
  block.page_table_root = page_table_root().value;
  block.identity_root = physical(&boot_identity_root).value;
  block.cpu_entry = reinterpret_cast<std::uintptr_t>(&entry);
  block.stack_top = entry.kernel_stack_top;
  block.catch_stack_top = reinterpret_cast<std::uintptr_t>(catch_stack_top);
  asm volatile("dc civac, %0\n\tdsb sy" : : "r"(&block) : "memory");
}

}  // namespace arch::aarch64
