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

#include "machine.h"
#include "sbi.h"
#include "start_block.h"

using nucleus::BootInfo;
using nucleus::PhysAddr;
using nucleus::VirtAddr;
using nucleus::boot::TablePage;

extern "C" {
extern TablePage arch_boot_root;
extern TablePage boot_image_table;
extern TablePage boot_image_last_tables[nucleus::boot::max_split_blocks];
extern const char __image_end[];
extern const char arch_secondary_entry[];
}

namespace arch::riscv64 {
namespace {

constinit BootInfo boot;
constinit TablePage console_tables[2];

/// This hart, where nobody tells: the only one that has been started.
std::uint64_t running_hart() {
  for (unsigned i = 0; i < machine().cpu_count; ++i) {
    if (sbi::hart_is_started(machine().cpus[i].hardware_id)) return machine().cpus[i].hardware_id;
  }
  return 0;
}

}  // namespace

/// Context: paging is off, the code runs at its physical address, on the boot stack.
extern "C" void arch_fill_image_table(PhysAddr image) {
  nucleus::boot::fill_image_table<NativePageFormat>(
      boot_image_table, boot_image_last_tables,
      PhysAddr{reinterpret_cast<std::uintptr_t>(boot_image_last_tables)}, image,
      nucleus::boot::image_parts());
}

/// `devicetree` and `hart` say nothing if a Limine loader started us. Context: boot stack, boot page tables,
/// interrupts off.
extern "C" [[noreturn]] void arch_boot(PhysAddr devicetree, PhysAddr image, std::uint64_t hart) {
  nucleus::boot::EarlyTables<NativePageFormat> tables{arch_boot_root, image};
  const nucleus::PhysRange image_range{image, VirtAddr::of(__image_end) - VirtAddr::of(image_start_address)};
  const auto map_direct = [&](nucleus::PhysRange range) {
    if (tables.map_direct(range)) flush_tlb_all();
  };
  boot.boot_cpu_id = hart;
  const char* problem = nullptr;
  if (nucleus::limine::started_us()) {
    problem = nucleus::limine::take(image_range, map_direct, nullptr, boot, machine());
    boot.boot_cpu_id = running_hart();
  } else if (!nucleus::boot::take_linux_image(devicetree, image_range, map_direct, boot, machine()).ok()) {
    for (;;) asm volatile("wfi");  // without a devicetree there is no console to complain on
  }
  init_clock();
  if (boot.console.size != 0) {
    const VirtAddr at = tables.map_console(boot.console.start, console_tables[0], console_tables[1]);
    flush_tlb_all();
    console().attach(machine().uart, at);
  }
  if (problem != nullptr) nucleus::panic(problem);
  nucleus::upcall_boot(boot);
}

PhysAddr secondary_entry_address() {
  return boot.image.start + (VirtAddr::of(arch_secondary_entry) - VirtAddr::of(image_start_address));
}

}  // namespace arch::riscv64
