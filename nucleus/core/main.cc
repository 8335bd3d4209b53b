// SPDX-License-Identifier: ISC

// The boot story: from the port's hand-over to the program's main thread.

#include "program_memory.h"
#include "scheduler.h"
#include "secondary_cpus.h"

#include <nucleus/boot_info.h>
#include <nucleus/cpu.h>
#include <nucleus/entropy.h>
#include <nucleus/frames.h>
#include <nucleus/kernel_mapping.h>
#include <nucleus/log.h>
#include <nucleus/program_hooks.h>
#include <nucleus/stack_guard.h>
#include <nucleus/thread.h>
#include <nucleus/time.h>

#include <arch/contract.h>

#include <array>

namespace nucleus {

namespace {

constinit BootInfo the_boot_info{};
constinit Cpu the_boot_cpu{};

void set_up_boot_cpu() {
  arch::set_this_cpu(&the_boot_cpu);
  set_online(the_boot_cpu);
}

void set_up_memory() {
  init_frames(the_boot_info);
  init_kernel_mapping(the_boot_info);
  add_remaining_frames(the_boot_info);
  init_program_memory();
}

void set_up_machine() {
  arch::discover(the_boot_info);
  init_wall_clock();
}

void gather_entropy() {
  const unsigned size = the_boot_info.entropy_size;
  add_entropy(std::span{the_boot_info.entropy}.first(size), 4 * size);
  add_timing_entropy();
  std::array<std::uint8_t, 32> fresh{};
  const unsigned bits = arch::hardware_entropy(fresh);
  add_entropy(fresh, bits);
}

void log_machine() {
  const FrameCounters counters = frame_counters();
  log_info("bactrian on {} by {}{}{}: {} KiB of memory, {} CPUs", arch::name, the_boot_info.protocol,
           the_boot_info.loader[0] != '\0' ? " from " : "", the_boot_info.loader.data(),
           counters.total * (page_size / 1024), arch::cpu_count());
}

void main_thread(void*) {
  start_other_cpus();
  start_program(the_boot_info);
}

[[noreturn]] void start_threads() {
  Result<Thread*> idle = Thread::create_idle();
  Result<Thread*> main = Thread::create_main(main_thread, nullptr);
  if (!idle || !main) panic("no memory for the first threads");
  the_boot_cpu.idle = idle.value();
  the_boot_cpu.current = idle.value();
  main.value()->start();
  the_scheduler.leave_boot_stack(*idle.value());
}

}  // namespace

const BootInfo& boot_info() {
  return the_boot_info;
}

void upcall_boot(const BootInfo& boot) {
  the_boot_info = boot;
  set_up_boot_cpu();
  set_up_memory();
  set_up_machine();
  gather_entropy();
  init_stack_guard();
  log_machine();
  start_threads();
}

}  // namespace nucleus
