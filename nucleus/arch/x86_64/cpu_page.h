// SPDX-License-Identifier: ISC
#pragma once

// CpuPage: what the port needs of one CPU, one page: descriptor table, task state, interrupt stacks.

#include "descriptors.h"

#include <nucleus/address.h>
#include <nucleus/entry.h>

#include <cstddef>
#include <cstdint>

namespace arch::x86_64 {

/// Which interrupt stack a gate uses. Only what can arrive while another is in use needs one of its own:
/// interrupts are off on the catch stack, and nothing faults there.
enum class InterruptStack : unsigned { catching = 1, nmi = 2, fatal = 3 };

struct alignas(nucleus::page_size) CpuPage {
  TaskState task;
  DescriptorTable descriptors;
  nucleus::CpuEntry* entry = nullptr;  // what GS base is while the nucleus runs
  std::uint32_t apic_id = 0;
  bool keeps_clock = false;             // the boot CPU, once there is a clock
  std::uint64_t timer_deadline_ns = 0;  // 0: the timer is stopped
  alignas(16) std::byte nmi_stack[640] = {};
  alignas(16) std::byte fatal_stack[640] = {};
  alignas(16) std::byte catch_stack[2432] = {};
};
static_assert(sizeof(CpuPage) == nucleus::page_size);

/// This CPU's page. Interrupts off, or the answer may be another CPU's.
inline CpuPage& this_cpu_page() {
  CpuPage* page;
  asm volatile("movq %%gs:%c1, %0" : "=r"(page) : "i"(offsetof(nucleus::CpuEntry, port)));
  return *page;
}

}  // namespace arch::x86_64
