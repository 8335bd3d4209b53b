// SPDX-License-Identifier: ISC

#include "panic_text.h"

#include "backtrace.h"
#include "demangle.h"
#include "symbols.h"

#include <link/host_link.h>

#include <nucleus/cpu.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>

#include <atomic>

namespace nucleus {
namespace {

constexpr std::int32_t panic_status = 70;

constinit std::atomic<const void*> panicking_cpu{nullptr};

}  // namespace

bool begin_panic() {
  arch::disable_interrupts();
  // Before there are CPU records all panics are the boot CPU's.
  static constexpr char boot = 0;
  const void* self = arch::this_cpu() ? static_cast<const void*>(arch::this_cpu()) : &boot;
  const void* first = nullptr;
  if (!panicking_cpu.compare_exchange_strong(first, self)) {
    if (first == self) return false;
    for (;;) arch::relax();
  }
  host_link().let_driver_finish();
  arch::stop_other_cpus();
  host_link().break_in();
  return true;
}

void panic_line(std::string_view text) {
  host_link().send(FrameType::alert, text);
  host_link().send(FrameType::alert, std::string_view{"\n"});
}

void panic_place(std::string_view prefix, std::uint64_t address, bool is_return) {
  // A call that never returns may be the last instruction of its function: look the call up, not what
  // follows.
  const Symbol symbol = program_symbols().find(is_return ? address - 1 : address);
  if (symbol.name.empty()) {
    panic_line("{}{:x}", prefix, address);
    return;
  }
  char name[128];
  panic_line("{}{:x} {}+{:x}", prefix, address, demangle(symbol.name, name), address - symbol.start);
}

void panic_backtrace_line(void*, const BacktraceLine& line) {
  panic_place(line.guessed ? "  ? " : "    ", line.address, line.is_return);
  if (line.repeated > 0) panic_line("    ... and {} more of the same", line.repeated);
}

[[noreturn]] void end_panic() {
  host_link().send_exit(panic_status, ExitReason::panic);
  arch::power_off(panic_status);
  for (;;) arch::relax();
}

}  // namespace nucleus
