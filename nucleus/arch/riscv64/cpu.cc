// SPDX-License-Identifier: ISC

#include <arch/cpu.h>

#include <arch/clock.h>
#include <arch/interrupts.h>
#include <arch/mmu.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/boot_info.h>
#include <nucleus/memory_layout.h>
#include <platform/jitter.h>

#include <atomic>
#include <new>
#include <utility>

#include "machine.h"
#include "port_cpu.h"
#include "registers.h"
#include "sbi.h"
#include "start_block.h"

namespace arch {

using namespace riscv64;
using nucleus::CpuEntry;
using nucleus::devicetree::Machine;

namespace {

constinit PortCpu boot_port_cpu;
constinit PortCpu* port_cpus[Machine::max_cpus] = {};
constinit Machine the_machine;
constinit std::atomic<bool> stopping = false;

/// What a CPU that is started gets, in a page of its own.
struct CpuPage {
  PortCpu port;
  StartBlock block;
};
static_assert(sizeof(CpuPage) <= nucleus::page_size);

constexpr std::uint64_t start_patience_ns = 1'000'000'000;
constexpr std::uint64_t start_poll_ns = 100'000;

}  // namespace

/// What sscratch points at until the core has a record (boot.S).
extern "C" {
constinit CpuEntry arch_boot_cpu_entry{.port = &boot_port_cpu};
constinit volatile StartingHart arch_starting_hart;
}

Machine& riscv64::machine() {
  return the_machine;
}
PortCpu& riscv64::port_cpu() {
  return *static_cast<PortCpu*>(cpu_entry()->port);
}
PortCpu* riscv64::port_cpu(unsigned index) {
  return index < Machine::max_cpus ? port_cpus[index] : nullptr;
}

void set_this_cpu(nucleus::Cpu* cpu) {
  auto* entry = reinterpret_cast<CpuEntry*>(cpu);
  entry->port = cpu_entry()->port;
  entry->self = cpu;
  asm volatile("csrw sscratch, %0" : : "r"(entry) : "memory");
}

unsigned cpu_count() {
  return the_machine.cpu_count;
}

void discover(const nucleus::BootInfo& boot) {
  boot_port_cpu.hart = boot.boot_cpu_id;
  for (unsigned i = 1; i < the_machine.cpu_count; ++i) {
    if (the_machine.cpus[i].hardware_id == boot_port_cpu.hart)
      std::swap(the_machine.cpus[i], the_machine.cpus[0]);
  }
  if (the_machine.cpu_count == 0) the_machine.cpu_count = 1;
  port_cpus[0] = &boot_port_cpu;
  discover_power_off();
  discover_interrupt_controller();
  discover_wall_clock();
  init_this_cpu();
}

void init_this_cpu() {
  stop_timer();
  init_this_cpus_interrupts();
}

bool start_cpu(unsigned index, nucleus::Cpu* cpu) {
  auto page = nucleus::allocate_port_page();
  if (!page.ok()) return false;
  auto* cpu_page = new (page.value().as()) CpuPage;
  PortCpu* const port = &cpu_page->port;
  auto* entry = reinterpret_cast<CpuEntry*>(cpu);
  port->index = index;
  port->hart = the_machine.cpus[index].hardware_id;
  port_cpus[index] = port;
  entry->port = port;
  entry->self = cpu;
  cpu_page->block = {.satp = satp_mode_sv39 | page_table_root().value >> nucleus::page_shift,
                     .cpu_entry = reinterpret_cast<std::uintptr_t>(entry),
                     .stack_top = entry->kernel_stack_top};

  const std::uint64_t block_at = nucleus::VirtAddr::of(&cpu_page->block) - nucleus::layout::direct_map;
  arch_starting_hart.block = block_at;
  asm volatile("fence w, w" : : : "memory");
  arch_starting_hart.hart = port->hart;
  if (sbi::start_hart(port->hart, secondary_entry_address().value, block_at) != 0) return false;
  const std::uint64_t deadline = monotonic_ns() + start_patience_ns;
  // Halted rather than spinning: an emulator that counts instructions runs one CPU until it halts. Masked, or
  // the alarm could be taken before the halt. The last one finds nothing to do: no other thread runs yet.
  const InterruptState state = save_and_disable_interrupts();
  while (!port->started && monotonic_ns() < deadline) {
    set_timer(monotonic_ns() + start_poll_ns);
    asm volatile("wfi" : : : "memory");
  }
  restore_interrupts(state);
  return port->started;
}

/// From boot.S, on the idle stack, paging and traps on.
extern "C" [[noreturn]] void arch_enter_secondary(nucleus::Cpu* cpu) {
  port_cpu().started = true;
  nucleus::upcall_secondary_cpu(cpu);
}

void send_ipi(unsigned index) {
  if (port_cpus[index] != nullptr) sbi::send_ipi(port_cpus[index]->hart);
}

void stop_other_cpus() {
  const InterruptState state = save_and_disable_interrupts();
  if (!stopping.exchange(true)) {
    for (unsigned i = 0; i < Machine::max_cpus; ++i) {
      if (port_cpus[i] != nullptr && port_cpus[i] != &port_cpu()) send_ipi(i);
    }
  }
  restore_interrupts(state);
}

void riscv64::halt_if_stopping() {
  if (!stopping.load(std::memory_order_relaxed)) [[likely]]
    return;
  for (;;) asm volatile("wfi");
}

/// There is no generator that supervisor mode could count on.
unsigned hardware_entropy(std::span<std::uint8_t> bytes) {
  nucleus::platform::mix_jitter(bytes, [] {
    std::uint64_t cycles;
    asm volatile("rdtime %0" : "=r"(cycles));
    return cycles;
  });
  return 0;
}

/// One bit for each single-letter extension, as Linux has it. All of these are what the image was compiled
/// for.
std::uint64_t hardware_capabilities() {
  std::uint64_t result = 0;
  for (const char letter : {'I', 'M', 'A', 'F', 'D', 'C'}) result |= std::uint64_t{1} << (letter - 'A');
  return result;
}

}  // namespace arch
