// SPDX-License-Identifier: ISC

#include <nucleus/cpu.h>

#include <array>
#include <atomic>

namespace nucleus {

namespace {

constinit std::array<std::atomic<Cpu*>, max_cpus> cpus{};
constinit std::atomic<unsigned> online{0};

}  // namespace

Cpu* online_cpu(unsigned index) {
  return index < max_cpus ? cpus[index].load(std::memory_order_acquire) : nullptr;
}

unsigned online_cpu_count() {
  return online.load(std::memory_order_acquire);
}

void set_online(Cpu& cpu) {
  cpus[cpu.index].store(&cpu, std::memory_order_release);
  online.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace nucleus
