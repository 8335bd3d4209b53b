// SPDX-License-Identifier: ISC
#pragma once

// The saved state of interrupted code on x86_64. The order is that of the pushes in trap_entry.S, below what
// the CPU pushes.

#include <cstddef>
#include <cstdint>

namespace arch {

struct TrapFrame {
  std::uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
  std::uint64_t fault_address;  // CR2 of a page fault
  std::uint64_t vector;
  std::uint64_t error_code;  // 0 where the exception has none
  // Pushed by the CPU:
  std::uint64_t rip, cs, rflags, rsp, ss;

  static TrapFrame of_program() {
    TrapFrame frame{};
    frame.cs = 0x08;  // kernel_code_selector
    frame.ss = 0x10;  // kernel_data_selector
    frame.rflags = 0x202;
    return frame;
  }

  std::uintptr_t instruction_pointer() const { return rip; }
  std::uintptr_t stack_pointer() const { return rsp; }
  std::uintptr_t frame_pointer() const { return rbp; }
  void set_instruction_pointer(std::uintptr_t value) { rip = value; }
  void set_stack_pointer(std::uintptr_t value) { rsp = value; }

  static constexpr unsigned argument_registers = 6;
  void set_argument(unsigned index, std::uintptr_t value) {
    std::uint64_t* const registers[] = {&rdi, &rsi, &rdx, &rcx, &r8, &r9};
    *registers[index] = value;
  }
  /// Pushes it, as `call` would: may touch the program's stack and so fault.
  void set_return_address(std::uintptr_t value) {
    rsp -= sizeof value;
    *reinterpret_cast<std::uintptr_t*>(rsp) = value;
  }

  bool interrupts_were_on() const { return (rflags & (1u << 9)) != 0; }

  template <typename Visit>
  void for_each_register(Visit visit) const {
    visit("rip", rip), visit("rsp", rsp), visit("rflags", rflags), visit("rbp", rbp);
    visit("rax", rax), visit("rbx", rbx), visit("rcx", rcx), visit("rdx", rdx);
    visit("rsi", rsi), visit("rdi", rdi), visit("r8", r8), visit("r9", r9);
    visit("r10", r10), visit("r11", r11), visit("r12", r12), visit("r13", r13);
    visit("r14", r14), visit("r15", r15), visit("cr2", fault_address), visit("vector", vector);
    visit("error", error_code), visit("cs", cs);
  }
};
static_assert(offsetof(TrapFrame, rip) == 18 * 8);
static_assert(sizeof(TrapFrame) == 23 * 8);

extern "C" [[noreturn]] void arch_resume(const TrapFrame& frame);
[[noreturn]] inline void resume(const TrapFrame& frame) {
  arch_resume(frame);
}

}  // namespace arch
