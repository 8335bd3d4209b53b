// SPDX-License-Identifier: ISC

// Starting, signalling and stopping the other CPUs. They start one at a time, so one set of variables passes
// what each needs.  Spec: [x86/sdm "Multiple-Processor (MP) Initialization"]

#include <nucleus/arch_upcalls.h>
#include <nucleus/cpu.h>
#include <nucleus/memory_layout.h>
#include <nucleus/panic.h>

#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/interrupts.h>
#include <arch/mmu.h>

#include <platform/x86/interrupt_controllers.h>
#include <platform/x86/timer.h>

#include <array>
#include <atomic>

#include "cpu_page.h"
#include "page_format.h"
#include "parts.h"
#include "traps.h"
#include "vectors.h"

extern "C" {
extern const char x86_secondary_code[];
extern const char x86_secondary_code_end[];
// Read by secondary_start.S.
std::uint64_t x86_secondary_root;
std::uint64_t x86_secondary_stack;
}

namespace arch {
namespace {

using namespace x86_64;

constexpr std::uint64_t ns_per_us = 1'000;
constexpr std::uint64_t ns_per_ms = 1'000'000;

std::array<std::uint32_t, nucleus::max_cpus> apic_ids{};  // [0] is the boot CPU's
unsigned known_cpus = 1;
bool others_started = false;

nucleus::Cpu* starting_cpu;
CpuPage* starting_page;
std::atomic<bool> arrived{false};

void wait_ns(std::uint64_t duration_ns) {
  const std::uint64_t end_ns = monotonic_ns() + duration_ns;
  while (monotonic_ns() < end_ns && !arrived.load(std::memory_order_acquire)) relax();
}

/// INIT and a start-up message; the patient form is what old CPUs want.
void send_start(std::uint32_t apic_id, bool patient) {
  constexpr auto page = static_cast<std::uint8_t>(secondary_start_memory.start.value >> nucleus::page_shift);
  local_apic().send_init(apic_id);
  wait_ns(patient ? 10 * ns_per_ms : 10 * ns_per_us);
  local_apic().send_startup(apic_id, page);
}

/// The code, and tables that map it where it is (by one 2 MiB page) and the image where it is linked.
void lay_out_start_memory() {
  struct Table {
    std::uint64_t entry[512];
  };
  const nucleus::PhysAddr start = secondary_start_memory.start;
  const auto at = [&](unsigned page) { return start + page * nucleus::page_size; };
  const auto table = [&](unsigned page) { return nucleus::layout::direct(at(page)).as<Table>(); };
  __builtin_memcpy(nucleus::layout::direct(start).as(), x86_secondary_code,
                   static_cast<std::size_t>(x86_secondary_code_end - x86_secondary_code));
  __builtin_memset(table(1), 0, 3 * sizeof(Table));
  const auto* root = nucleus::layout::direct(page_table_root()).as<const Table>();
  table(1)->entry[0] = PageFormat::make_table(at(2));
  table(1)->entry[511] = root->entry[511];
  table(2)->entry[0] = PageFormat::make_table(at(3));
  table(3)->entry[0] =
      PageFormat::make_leaf({0}, 1, nucleus::access_read_execute, nucleus::MemoryType::normal) &
      ~PageFormat::global;
}

extern "C" [[noreturn]] void x86_secondary_begin() {
  load_cpu_page(*starting_page);
  load_interrupt_gates();
  enable_cpu_features();
  enable_fp();
  nucleus::upcall_secondary_cpu(starting_cpu);
}

}  // namespace

void x86_64::find_secondary_cpus() {
  apic_ids[0] = this_cpu_page().apic_id;
  for (unsigned i = 0; i < machine().processor_count && known_cpus < apic_ids.size(); ++i) {
    const std::uint32_t apic_id = machine().processors[i].apic_id;
    if (apic_id != apic_ids[0] && local_apic().can_address(apic_id)) apic_ids[known_cpus++] = apic_id;
  }
}

unsigned cpu_count() {
  return known_cpus;
}

bool start_cpu(unsigned index, nucleus::Cpu* cpu) {
  auto page = nucleus::allocate_port_page();
  if (index == 0 || index >= known_cpus || !page.ok()) return false;
  starting_page = page.value().as<CpuPage>();
  starting_cpu = cpu;
  x86_secondary_root = page_table_root().value;
  x86_secondary_stack = cpu->kernel_stack_top;
  arrived = false;
  others_started = true;
  lay_out_start_memory();

  send_start(apic_ids[index], false);
  wait_ns(200 * ns_per_ms);
  if (!arrived) {
    send_start(apic_ids[index], true);
    wait_ns(790 * ns_per_ms);
  }
  return arrived;
}

void init_this_cpu() {
  local_apic().enable();
  this_cpu_page().apic_id = local_apic().id();
  init_timer();
  arrived.store(true, std::memory_order_release);
}

void send_ipi(unsigned index) {
  local_apic().send_interrupt(apic_ids[index], vector::ipi);
}

void stop_other_cpus() {
  stop_on_nmi();
  if (others_started) local_apic().send_nmi_to_others();
}

}  // namespace arch
