// SPDX-License-Identifier: ISC
#include "bench/programs.h"

#include "support/root.h"

namespace bactrian {

std::string TimedProgram::label() const {
  std::string label = file;
  for (const std::string& arg : args) label += "-" + arg;
  return label;
}

fs::path TimedProgram::source() const {
  const fs::path folder = project_root() / "bench" / "programs";
  return fs::exists(folder / file) ? folder / file : folder / (file + ".ml");
}

const std::vector<TimedProgram>& timed_programs() {
  constexpr Scale ns = Scale::nanoseconds;
  static const std::vector<TimedProgram> programs = {
      {"calls",
       {},
       1,
       {{"call_noalloc", "a call into C", ns},
        {"call_getpid", "a system call", ns},
        {"call_clock", "reading the clock", ns}}},
      {"binary_trees", {}, 1, {{"binary_trees", "allocation and collection"}}},
      {"nbody", {}, 1, {{"nbody", "floats in records"}}},
      {"spectral_norm", {}, 1, {{"spectral_norm", "floats in arrays"}}},
      {"hash_table", {}, 1, {{"hash_table", "memory at random"}}},
      {"effects",
       {},
       1,
       {{"effects_perform", "2,000,000 performs and continues"},
        {"effects_fiber", "300,000 fibers made and ended"}}},
      {"fibers",
       {"1"},
       1,
       {{"fiber_current", "picox: a fiber asks who it is", ns},
        {"fiber_yield", "1,000 fibers take turns", ns},
        {"fiber_spawn", "a fiber spawned, run and ended", ns},
        {"fiber_fork", "the same in a bundle", ns},
        {"fiber_promise", "a fiber forked, and its promise awaited", ns},
        {"fiber_wake", "a fiber signals another, and awaits", ns},
        {"trigger_attach", "a trigger attached and detached", ns},
        {"timer", "a timer set and let go", ns},
        {"kernel_timer", "the same by the kernel's scheduler", ns},
        {"kernel_timer_10000", "the same beside 10,000 others", ns},
        {"kernel_sleep", "from a deadline to the fiber that sleeps until then", ns}}},
      {"kernel",
       {"1"},
       1,
       {{"data_stack_item", "an item put on a data stack, and got", ns},
        {"data_stack_batch", "the same in batches of 32, each item", ns},
        {"data_stack_buffer", "the same with a buffer that changes hands", ns},
        {"data_stack_stream", "the same from fiber to fiber", ns},
        {"driver_loaded", "a driver is woken under load from below, mean", ns},
        {"driver_worst", "the worst of 500 such", ns},
        {"untraced_work", "2,000 turns each of two fibers that work and hand on"},
        {"traced_work", "the same traced"}}},
      {"thread_ping_pong", {}, 1, {{"thread_ping_pong", "20,000 switches by mutex and condition"}}},
      {"machine",
       {"1"},
       1,
       {{"context_switch", "a thread wakes another on its CPU and sleeps", ns},
        {"map_page", "a page is mapped, touched and unmapped", ns},
        {"first_touch", "a page of 64 MiB is touched first", ns}}},
      {"scaling", {"1"}, 1, {{"scaling_1", "a parallel program with 1 domain on 1 CPU"}}},
      {"scaling", {"2"}, 2, {{"scaling_2", "the same work by 2 domains on 2 CPUs"}}},
      {"machine",
       {"2"},
       2,
       {{"ipi", "a barrier on another, busy CPU and back (membarrier)", ns},
        {"wake_other_cpu", "a thread on another, idle CPU is woken and wakes back", ns},
        {"munmap_other_cpu", "as map_page, another CPU busy in the same program", ns}}},
      {"fibers", {"2"}, 2, {{"fiber_wake_other", "fibers of two domains wake each other, a round", ns}}},
      {"kernel", {"2"}, 2, {{"data_stack_other_cpu", "items from fiber to fiber by 2 domains, each", ns}}},
      {"kernel",
       {"4"},
       4,
       {{"driver_loaded_4", "a driver is woken under load, 4 domains, mean", ns},
        {"driver_worst_4", "the worst of 500 such", ns}}},
      {"scaling", {"4"}, 4, {{"scaling_4", "the same work by 4 domains on 4 CPUs"}}},
      {"four_domains",
       {},
       4,
       {{"domains_numbers", "4 domains apart, 4 CPUs"}, {"domains_trees", "4 domains that allocate"}}},
  };
  return programs;
}

}  // namespace bactrian
