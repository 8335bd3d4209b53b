// SPDX-License-Identifier: ISC

#include <arch/host/host_machine.h>
#include <nucleus/image.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/memory_layout.h>

#include <arch/mmu.h>

#include <sys/mman.h>
#include <cstdio>
#include <cstdlib>

namespace {

nucleus::PhysAddr root;
std::uint64_t flushes = 0;

void map_or_die(nucleus::VirtAddr at, std::uint64_t size) {
  void* const got = mmap(at.as(), size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got == at.as()) return;
  std::perror("mmap for the simulated machine");
  std::abort();
}

}  // namespace

namespace host {

nucleus::BootInfo make_memory(nucleus::PhysAddr start, std::uint64_t size) {
  using namespace nucleus;
  map_or_die(layout::direct(start), size);
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
void flush_tlb(nucleus::VirtAddr, std::size_t) {
  ++flushes;
}
void flush_tlb_all() {
  ++flushes;
}
void publish_page_table() {}

}  // namespace arch
