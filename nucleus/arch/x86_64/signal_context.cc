// SPDX-License-Identifier: ISC

#include <arch/signal_context.h>

namespace arch {

void SignalContext::save(const TrapFrame& frame) {
  machine.r8 = frame.r8, machine.r9 = frame.r9, machine.r10 = frame.r10, machine.r11 = frame.r11;
  machine.r12 = frame.r12, machine.r13 = frame.r13, machine.r14 = frame.r14, machine.r15 = frame.r15;
  machine.rdi = frame.rdi, machine.rsi = frame.rsi, machine.rbp = frame.rbp, machine.rbx = frame.rbx;
  machine.rdx = frame.rdx, machine.rax = frame.rax, machine.rcx = frame.rcx, machine.rsp = frame.rsp;
  machine.rip = frame.rip, machine.rflags = frame.rflags;
  machine.selectors = frame.cs | frame.ss << 48;
  machine.error_code = frame.error_code, machine.trap_number = frame.vector;
  machine.fault_address = frame.fault_address;
}

void SignalContext::restore(TrapFrame& frame) const {
  frame.r8 = machine.r8, frame.r9 = machine.r9, frame.r10 = machine.r10, frame.r11 = machine.r11;
  frame.r12 = machine.r12, frame.r13 = machine.r13, frame.r14 = machine.r14, frame.r15 = machine.r15;
  frame.rdi = machine.rdi, frame.rsi = machine.rsi, frame.rbp = machine.rbp, frame.rbx = machine.rbx;
  frame.rdx = machine.rdx, frame.rax = machine.rax, frame.rcx = machine.rcx, frame.rsp = machine.rsp;
  frame.rip = machine.rip;
  constexpr std::uint64_t program_flags = 0x4'0cd5;  // CF PF AF ZF SF DF OF AC
  constexpr std::uint64_t fixed_flags = 0x202;       // IF and the bit that is always one
  frame.rflags = (machine.rflags & program_flags) | fixed_flags;
}

}  // namespace arch
