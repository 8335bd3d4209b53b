// SPDX-License-Identifier: ISC

#include "soft_mmu.h"

#include <core/page_table.h>
#include <nucleus/memory_layout.h>

#include <arch/mmu.h>
#include <arch/page_format.h>

#include <sys/mman.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace host {
namespace {

using namespace nucleus;

int memory_file = -1;
PhysAddr memory_start;
std::uint64_t memory_size = 0;
struct sigaction previous_action;
VirtAddr last_fault;
unsigned repeated = 0;

void* map_at(VirtAddr at, std::uint64_t size, int rights, int flags, int file, std::uint64_t offset) {
  return mmap(at.as(), size, rights, flags | MAP_FIXED, file, static_cast<off_t>(offset));
}

/// Maps the page around `at` as the page table has it. False if it has none.
bool translate(VirtAddr at) {
  if (!layout::program_window.contains(at)) return false;
  const VirtAddr page{align_down(at.value, page_size)};
  Leaf leaf;
  if (!PageTable<arch::NativePageFormat>{arch::page_table_root()}.find(page, leaf) || leaf.access.none())
    return false;
  const std::uint64_t inside = page.value & (level_size(leaf.level) - 1);
  const PhysAddr from = leaf.frame.address() + inside;
  if (from < memory_start || from - memory_start >= memory_size) return false;
  const int rights = PROT_READ | (leaf.access.write ? PROT_WRITE : 0);
  return map_at(page, page_size, rights, MAP_SHARED, memory_file, from - memory_start) == page.as();
}

void on_fault(int signal, siginfo_t* information, void* context) {
  const VirtAddr at = VirtAddr::of(information->si_addr);
  // What faults again although it was translated lacks the rights.
  repeated = at == last_fault ? repeated + 1 : 0;
  last_fault = at;
  if (repeated < 2 && translate(at)) return;
  if (previous_action.sa_sigaction) return previous_action.sa_sigaction(signal, information, context);
  std::abort();
}

}  // namespace

void start_soft_mmu(int file, PhysAddr start, std::uint64_t size) {
  memory_file = file;
  memory_start = start;
  memory_size = size;
  const auto& window = layout::program_window;
  void* const got = mmap(window.start.as(), window.size, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != window.start.as()) {
    std::perror("mmap for the simulated program window");
    std::abort();
  }
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigaction(SIGSEGV, &action, &previous_action);
}

void forget_translations(VirtAddr at, std::uint64_t size) {
  last_fault = {};
  if (memory_file < 0 || size == 0) return;
  if (!layout::program_window.contains(at)) return;
  map_at(at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void forget_all_translations() {
  forget_translations(layout::program_window.start, layout::program_window.size);
}

}  // namespace host
