// SPDX-License-Identifier: ISC

#include <arch/host/host_machine.h>
#include <arch/host/soft_mmu.h>
#include <nucleus/image.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/memory_layout.h>

#include <arch/mmu.h>

#include <sys/mman.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>

namespace {

nucleus::PhysAddr root;
std::uint64_t flushes = 0;

/// From the start of `file`, or anonymous if that is -1.
void map_or_die(nucleus::VirtAddr at, std::uint64_t size, int file = -1) {
  const int kind = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
  void* const got = mmap(at.as(), size, PROT_READ | PROT_WRITE, kind | MAP_FIXED_NOREPLACE, file, 0);
  if (got == at.as()) return;
  std::perror("mmap for the simulated machine");
  std::abort();
}

}  // namespace

namespace host {

nucleus::BootInfo make_memory(nucleus::PhysAddr start, std::uint64_t size) {
  using namespace nucleus;
  const int file = memfd_create("memory of the simulated machine", 0);
  if (file < 0 || ftruncate(file, static_cast<off_t>(size)) != 0) {
    std::perror("memory of the simulated machine");
    std::abort();
  }
  map_or_die(layout::direct(start), size, file);
  start_soft_mmu(file, start, size);
  // Kernel stacks are reached at their own addresses, which here are not those of their frames.
  map_or_die(layout::stack_window.start, max_kernel_stacks * kernel_stack_slot_size);
  BootInfo boot;
  boot.protocol = "host";
  boot.memory[boot.memory_count++] = {.start = start, .size = size};
  const auto image_size = static_cast<std::uint64_t>(image_data_end - image_start_address);
  boot.image = {.start = start + large_page_size, .size = image_size};
  boot.reserved[boot.reserved_count++] = boot.image;
  return boot;
}

std::uint64_t flush_count() {
  return flushes;
}

}  // namespace host

namespace arch {

nucleus::PhysAddr page_table_root() {
  return root;
}
void set_page_table_root(nucleus::PhysAddr value) {
  root = value;
}
void flush_tlb(nucleus::VirtAddr at, std::size_t pages) {
  ++flushes;
  host::forget_translations(at, pages * nucleus::page_size);
}
void flush_tlb_all() {
  ++flushes;
  host::forget_all_translations();
}
void publish_page_table() {}

}  // namespace arch
