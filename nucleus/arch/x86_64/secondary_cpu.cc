// SPDX-License-Identifier: ISC

#include <arch/cpu.h>

namespace arch {

unsigned cpu_count() {
  return 1;
}
bool start_cpu(unsigned, nucleus::Cpu*) {
  return false;
}
void init_this_cpu() {}
void send_ipi(unsigned) {}
void stop_other_cpus() {}

}  // namespace arch
