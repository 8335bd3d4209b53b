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
        {"timer", "a timer set and let go", ns}}},
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
      {"scaling", {"4"}, 4, {{"scaling_4", "the same work by 4 domains on 4 CPUs"}}},
      {"four_domains",
       {},
       4,
       {{"domains_numbers", "4 domains apart, 4 CPUs"}, {"domains_trees", "4 domains that allocate"}}},
  };
  return programs;
}

}  // namespace bactrian
