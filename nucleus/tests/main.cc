// SPDX-License-Identifier: ISC

// Boots the nucleus on the simulated machine; its program is the tests.

#include <arch/host/host_machine.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/entry.h>
#include <nucleus/panic.h>
#include <nucleus/program_hooks.h>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#ifndef TEST_MEMORY_MIB
#define TEST_MEMORY_MIB 64
#endif
#ifndef TEST_CPUS
#define TEST_CPUS 1
#endif

namespace nucleus {

void start_program(const BootInfo&) {
  std::_Exit(RUN_ALL_TESTS());
}

void panic(const char* message, std::source_location at) {
  std::fprintf(stderr, "panic: %s at %s:%u\n", message, at.file_name(), at.line());
  std::abort();
}

// Unless a test brings the signal code in.
[[gnu::weak]] void deliver_signals_at_trap_exit(arch::TrapFrame&) {}
[[gnu::weak]] void program_fault(arch::TrapFrame&, const Fault&, bool) {
  panic("program fault");
}
[[gnu::weak]] void last_thread_exited() {
  panic("the last thread exited");
}
void nucleus_fault(const arch::TrapFrame&, const Fault&) {
  panic("nucleus fault");
}

}  // namespace nucleus

// The libc's entries, of which the nucleus takes the addresses. Tests call what is behind them.
long nucleus_syscall(long number, long a, long b, long c, long d, long e, long f) {
  return nucleus_enter_syscall(number, a, b, c, d, e, f).value;
}
void nucleus_sigreturn() {
  nucleus::panic("a signal handler returned");
}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  host::cpus = TEST_CPUS;
  // Memory does not start at 0, nor at a multiple of the largest block.
  nucleus::upcall_boot(host::make_memory({0x4020'0000}, std::uint64_t{TEST_MEMORY_MIB} << 20));
}
