// SPDX-License-Identifier: ISC
#pragma once

// The saved frame of an interrupted thread on RISC-V.

#include <arch/riscv64/frame_layout.h>

#include <cstddef>
#include <cstdint>

namespace arch {

struct TrapFrame {
  static constexpr unsigned argument_registers = 8;

  std::uint64_t pc;
  std::uint64_t ra, sp, gp, tp;
  std::uint64_t t0, t1, t2;
  std::uint64_t s0, s1;
  std::uint64_t a[8];
  std::uint64_t s2_to_s11[10];
  std::uint64_t t3_to_t6[4];
  std::uint64_t status;  // sstatus
  std::uint64_t padding;
  // A frame record where code that keeps a frame pointer has it (right below the frame pointer), so that a
  // backtrace passes from the handler through the interrupted instruction into its callers.
  std::uint64_t record_fp;
  std::uint64_t record_pc;

  static TrapFrame of_program() {
    TrapFrame frame{};
    constexpr std::uint64_t interrupts = 1u << 1;          // SIE
    constexpr std::uint64_t previous = 1u << 5 | 1u << 8;  // SPIE, SPP
    asm volatile("mv %0, gp" : "=r"(frame.gp));
    asm volatile("mv %0, tp" : "=r"(frame.tp));
    asm volatile("csrr %0, sstatus" : "=r"(frame.status));
    frame.status = (frame.status & ~interrupts) | previous;
    return frame;
  }

  std::uintptr_t instruction_pointer() const { return pc; }
  std::uintptr_t stack_pointer() const { return sp; }
  std::uintptr_t frame_pointer() const { return s0; }
  void set_instruction_pointer(std::uintptr_t value) { pc = value; }
  void set_stack_pointer(std::uintptr_t value) { sp = value; }
  void set_argument(unsigned index, std::uintptr_t value) { a[index] = value; }
  void set_return_address(std::uintptr_t value) { ra = value; }
  bool interrupts_were_on() const { return (status & (1u << 5)) != 0; }

  template <typename Visit>
  void for_each_register(Visit visit) const {
    static constexpr const char* names[] = {
        "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
        "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    const std::uint64_t* value = &pc;
    for (const char* name : names) visit(name, *value++);
    visit("sstatus", status);
  }
};
static_assert(offsetof(TrapFrame, pc) == FRAME_PC);
static_assert(offsetof(TrapFrame, a) == 8 * 10);
static_assert(offsetof(TrapFrame, t3_to_t6) == 8 * 28);
static_assert(offsetof(TrapFrame, status) == FRAME_STATUS);
static_assert(offsetof(TrapFrame, record_fp) == FRAME_RECORD);
static_assert(sizeof(TrapFrame) == FRAME_SIZE);

extern "C" [[noreturn]] void arch_resume(const TrapFrame& frame);
[[noreturn]] inline void resume(const TrapFrame& frame) {
  arch_resume(frame);
}

}  // namespace arch
