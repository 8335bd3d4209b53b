// SPDX-License-Identifier: ISC
#pragma once

// The way in for the program: what the libc calls (nucleus_*, written in assembly by each port) and what
// those stubs call in C++ once they stand on the thread's kernel stack. Also the few words of the per-CPU
// record that assembly reads.

#include <cstddef>
#include <cstdint>

namespace nucleus {
class Cpu;

/// The first base or member of Cpu, so that `Cpu*` and `CpuEntry*` are the same address: the port's per-CPU
/// register (GS base, TPIDR_EL1, ...) points here. Offsets are fixed: assembly uses them.
struct CpuEntry {
  Cpu* self = nullptr;                  // null until the core has set its record
  std::uintptr_t kernel_stack_top = 0;  // of the current thread; the scheduler writes it at each switch
  std::uintptr_t scratch[2] = {};       // for the port's entry code, interrupts off
  void* port = nullptr;                 // the port's own per-CPU structure
  void* user = nullptr;                 // while in user mode: where the port's entry code saves its state
};
static_assert(offsetof(CpuEntry, kernel_stack_top) == 8);
static_assert(offsetof(CpuEntry, scratch) == 16);
static_assert(offsetof(CpuEntry, port) == 32);
static_assert(offsetof(CpuEntry, user) == 40);

}  // namespace nucleus

namespace arch {
struct TrapFrame;
}

extern "C" {

// What the libc calls. Each port supplies these four in assembly: they move to the kernel stack of the
// current thread (the program's own stack may be demand-paged) and call the function of the same purpose
// below.
long nucleus_syscall(long number, long a, long b, long c, long d, long e, long f);
long nucleus_clone(unsigned long flags, void* stack, int* parent_tid, int* child_tid, void* tls,
                   void (*entry)());
[[noreturn]] void nucleus_unmap_and_exit(void* base, std::size_t length);
[[noreturn]] void
nucleus_sigreturn();  // jumped to, with the stack pointer just above the popped return address

// What they call. Context: the current thread's kernel stack, interrupts on, no lock held. A stub must find
// that stack in one instruction or with interrupts off: between two, the thread may move to another CPU.

/// What a call returns, in the two result registers (rax:rdx, x0:x1, a0:a1).
struct SyscallResult {
  long value;                  // the result, or -errno
  unsigned long signal_waits;  // not zero: a signal is to be delivered before the program goes on
};
static_assert(sizeof(SyscallResult) == 2 * sizeof(long));

/// nucleus/syscall. `number` is Linux' number for this architecture.
/// Comes back with interrupts off, on the kernel stack: the stub turns them on when it stands on the
/// program's again. If signal_waits is zero the stub returns `value`. Otherwise it makes, on the kernel
/// stack, the TrapFrame of that very return (program counter: nucleus_syscall's return address; stack
/// pointer: as after the return; result register: `value`; the callee-saved registers as they now are;
/// interrupts on; the rest: any) and calls nucleus_finish_syscall.
SyscallResult nucleus_enter_syscall(long number, long a, long b, long c, long d, long e, long f);
/// nucleus/syscall. Delivers signals by changing `frame`, then resumes it.
[[noreturn]] void nucleus_finish_syscall(arch::TrapFrame* frame);
/// nucleus/core. A new thread that starts at `entry` with the stack pointer at `stack` and thread pointer
/// `tls`. Returns its id or -errno.
long nucleus_enter_clone(unsigned long flags, void* stack, int* parent_tid, int* child_tid, void* tls,
                         void (*entry)());
/// nucleus/core. Ends the current thread after unmapping its program stack.
[[noreturn]] void nucleus_enter_unmap_and_exit(void* base, std::size_t length);
/// nucleus/syscall. Resumes what the signal frame at `program_sp` interrupted.
[[noreturn]] void nucleus_enter_sigreturn(std::uintptr_t program_sp);
}
