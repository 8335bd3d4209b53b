// SPDX-License-Identifier: ISC

#include <arch/cpu.h>

#include <arch/clock.h>
#include <arch/interrupts.h>
#include <arch/trap.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/boot_info.h>
#include <nucleus/memory_layout.h>
#include <nucleus/panic.h>
#include <platform/jitter.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "console.h"
#include "interrupt_controller.h"
#include "machine.h"
#include "port_cpu.h"
#include "registers.h"
#include "start_block.h"

namespace arch {

using namespace aarch64;
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
constexpr unsigned gic_v2_cpus = 8;

// Where the devicetree is silent.  Spec: [dt "arm,armv8-timer"]
constexpr std::uint32_t usual_virtual_timer_interrupt = 27;

}  // namespace

// Known to boot.S: what the boot CPU's TPIDR_EL1 and SP_EL1 are before the core has a record.
extern "C" {
constinit std::uint64_t arch_program_pstate = 0x4;  // trap.h
constinit CpuEntry arch_boot_cpu_entry{.port = &boot_port_cpu};
std::byte* arch_boot_catch_stack_top() {
  return boot_port_cpu.catch_stack_top();
}
}

Machine& aarch64::machine() {
  return the_machine;
}
PortCpu& aarch64::port_cpu() {
  return *static_cast<PortCpu*>(cpu_entry()->port);
}
PortCpu* aarch64::port_cpu(unsigned index) {
  return index < Machine::max_cpus ? port_cpus[index] : nullptr;
}

void set_this_cpu(nucleus::Cpu* cpu) {
  auto* entry = reinterpret_cast<CpuEntry*>(cpu);
  entry->port = cpu_entry()->port;
  entry->self = cpu;
  asm volatile("msr tpidr_el1, %0" : : "r"(entry) : "memory");
}

unsigned cpu_count() {
  // Without PSCI there is no way to start the others, and a GICv2 has no name for a ninth.
  if (the_machine.psci == nucleus::devicetree::PsciConduit::none) return 1;
  const bool is_gic_v2 =
      the_machine.interrupt_controller.kind == nucleus::devicetree::InterruptControllerKind::gic_v2;
  return is_gic_v2 ? std::min(the_machine.cpu_count, gic_v2_cpus) : the_machine.cpu_count;
}

void discover(const nucleus::BootInfo&) {
  boot_port_cpu.affinity = affinity(read_mpidr());
  if (has_pan()) arch_program_pstate |= 1u << 22;
  for (unsigned i = 1; i < the_machine.cpu_count; ++i) {
    if (the_machine.cpus[i].hardware_id == boot_port_cpu.affinity)
      std::swap(the_machine.cpus[i], the_machine.cpus[0]);
  }
  if (the_machine.cpu_count == 0) the_machine.cpu_count = 1;
  if (the_machine.virtual_timer_interrupt == nucleus::devicetree::Device::no_interrupt)
    the_machine.virtual_timer_interrupt = usual_virtual_timer_interrupt;
  port_cpus[0] = &boot_port_cpu;
  discover_interrupt_controller(the_machine.interrupt_controller);
  discover_wall_clock();
  init_this_cpu();
}

void init_this_cpu() {
  stop_timer();
  interrupt_controller().init_this_cpu();
  interrupt_controller().unmask(the_machine.virtual_timer_interrupt);
}

bool start_cpu(unsigned index, nucleus::Cpu* cpu) {
  auto page = nucleus::allocate_port_page();
  if (!page.ok()) return false;
  auto* cpu_page = new (page.value().as()) CpuPage;
  PortCpu* const port = &cpu_page->port;
  auto* entry = reinterpret_cast<CpuEntry*>(cpu);
  port->index = index;
  port->affinity = the_machine.cpus[index].hardware_id;
  port_cpus[index] = port;
  entry->port = port;
  entry->self = cpu;
  fill_start_block(cpu_page->block, *entry, port->catch_stack_top());

  const std::uint64_t block_at = nucleus::VirtAddr::of(&cpu_page->block) - nucleus::layout::direct_map;
  if (call_psci(psci_cpu_on, port->affinity, secondary_entry_address().value, block_at) != 0) return false;
  const std::uint64_t deadline = monotonic_ns() + start_patience_ns;
  while (!port->started && monotonic_ns() < deadline) relax();
  return port->started;
}

/// From boot.S, on the idle stack, paging and traps on.
extern "C" [[noreturn]] void arch_enter_secondary(nucleus::Cpu* cpu) {
  port_cpu().started = true;
  nucleus::upcall_secondary_cpu(cpu);
}

void send_ipi(unsigned index) {
  interrupt_controller().send_software_interrupt(ipi_line, index);
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

void aarch64::halt_if_stopping() {
  if (!stopping.load(std::memory_order_relaxed)) [[likely]]
    return;
  for (;;) asm volatile("wfi");
}

unsigned hardware_entropy(std::span<std::uint8_t> bytes) {
  nucleus::platform::mix_jitter(bytes, [] { return read_counter(); });
  const bool has_generator = (read_isa_features_0() >> 60) != 0;
  unsigned bits = 0;
  for (std::size_t at = 0; has_generator && at + 8 <= bytes.size(); at += 8) {
    std::uint64_t value;
    if (!read_random(value)) continue;
    for (unsigned i = 0; i < 8; ++i) bytes[at + i] ^= static_cast<std::uint8_t>(value >> (8 * i));
    bits += 64;
  }
  return bits;
}

/// As Linux numbers them, for what OCaml's and libgcc's run-time checks look at.  Spec: [linux/uapi
/// "asm/hwcap.h"]
std::uint64_t hardware_capabilities() {
  const std::uint64_t features = read_isa_features_0();
  const auto field = [&](unsigned shift) { return (features >> shift) & 0xf; };
  std::uint64_t result = 1u << 0 | 1u << 1;  // floating point, Advanced SIMD
  if (field(4) >= 1) result |= 1u << 3;      // AES
  if (field(4) >= 2) result |= 1u << 4;      // PMULL
  if (field(8) >= 1) result |= 1u << 5;      // SHA1
  if (field(12) >= 1) result |= 1u << 6;     // SHA2
  if (field(16) >= 1) result |= 1u << 7;     // CRC32
  if (field(20) >= 2) result |= 1u << 8;     // large-system atomics
  return result;
}

}  // namespace arch
