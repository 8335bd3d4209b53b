// SPDX-License-Identifier: ISC

#include "cpu_page.h"

#include <nucleus/entry.h>

#include <arch/cpu.h>

#include "instructions.h"
#include "parts.h"

namespace arch {
namespace {

using namespace x86_64;

/// What GS points at until the core has a record for this CPU. One is enough: a secondary CPU gets its record
/// at once.
nucleus::CpuEntry no_cpu_yet;

template <std::size_t size>
std::uint64_t top_of(std::byte (&stack)[size]) {
  return reinterpret_cast<std::uint64_t>(stack + size);
}

void load_descriptors(const DescriptorTable& table) {
  const TablePointer pointer{sizeof table - 1, reinterpret_cast<std::uint64_t>(&table)};
  asm volatile(
      "lgdt %0\n\t"
      "pushq %1\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "lretq\n"
      "1:\n\t"
      "movl %2, %%ss\n\t"
      "movl %2, %%ds\n\t"
      "movl %2, %%es\n\t"
      "ltr %w3"
      :
      : "m"(pointer), "i"(kernel_code_selector), "r"(std::uint32_t{kernel_data_selector}),
        "r"(std::uint32_t{tss_selector})
      : "rax", "memory");
}

}  // namespace

void x86_64::load_cpu_page(CpuPage& page) {
  page.task = {};
  page.task.interrupt_stack[static_cast<unsigned>(InterruptStack::catching) - 1] = top_of(page.catch_stack);
  page.task.interrupt_stack[static_cast<unsigned>(InterruptStack::nmi) - 1] = top_of(page.nmi_stack);
  page.task.interrupt_stack[static_cast<unsigned>(InterruptStack::fatal) - 1] = top_of(page.fatal_stack);
  page.descriptors = {};
  page.descriptors.tss = tss_descriptor(reinterpret_cast<std::uint64_t>(&page.task));
  load_descriptors(page.descriptors);
  page.entry = &no_cpu_yet;
  no_cpu_yet.port = &page;
  write_msr(msr::gs_base, reinterpret_cast<std::uint64_t>(&no_cpu_yet));
}

void set_this_cpu(nucleus::Cpu* cpu) {
  auto* const entry = reinterpret_cast<nucleus::CpuEntry*>(cpu);
  entry->port = &this_cpu_page();
  this_cpu_page().entry = entry;
  write_msr(msr::gs_base, reinterpret_cast<std::uint64_t>(entry));
}

}  // namespace arch
