// SPDX-License-Identifier: ISC
#pragma once

// The saved frame of an interrupted thread on AArch64.

#include <arch/aarch64/frame_layout.h>

#include <cstddef>
#include <cstdint>

/// EL1t, nothing masked; PAN where the CPU has it.
extern "C" std::uint64_t arch_program_pstate;

namespace arch {

struct TrapFrame {
  static constexpr unsigned argument_registers = 8;

  std::uint64_t x[31];
  std::uint64_t sp;
  std::uint64_t pc;
  std::uint64_t pstate;
  // A frame record as [arm/aapcs64 "The Frame Pointer"] has it, so that a backtrace passes from the handler
  // through the interrupted instruction into its callers.
  std::uint64_t record_fp;
  std::uint64_t record_pc;

  static TrapFrame of_program() {
    TrapFrame frame{};
    frame.pstate = arch_program_pstate;
    return frame;
  }

  std::uintptr_t instruction_pointer() const { return pc; }
  std::uintptr_t stack_pointer() const { return sp; }
  std::uintptr_t frame_pointer() const { return x[29]; }
  void set_instruction_pointer(std::uintptr_t value) { pc = value; }
  void set_stack_pointer(std::uintptr_t value) { sp = value; }
  void set_argument(unsigned index, std::uintptr_t value) { x[index] = value; }
  void set_return_address(std::uintptr_t value) { x[30] = value; }
  bool interrupts_were_on() const { return (pstate & (1u << 7)) == 0; }

  template <typename Visit>
  void for_each_register(Visit visit) const {
    static constexpr const char* names[] = {"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",
                                            "x8",  "x9",  "x10", "x11", "x12", "x13", "x14", "x15",
                                            "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",
                                            "x24", "x25", "x26", "x27", "x28", "x29", "x30"};
    for (unsigned i = 0; i < 31; ++i) visit(names[i], x[i]);
    visit("sp", sp);
    visit("pc", pc);
    visit("pstate", pstate);
  }
};

static_assert(offsetof(TrapFrame, sp) == FRAME_SP);
static_assert(offsetof(TrapFrame, pc) == FRAME_PC);
static_assert(offsetof(TrapFrame, pstate) == FRAME_PSTATE);
static_assert(offsetof(TrapFrame, record_fp) == FRAME_RECORD);
static_assert(sizeof(TrapFrame) == FRAME_SIZE);

extern "C" [[noreturn]] void arch_resume(const TrapFrame& frame);
[[noreturn]] inline void resume(const TrapFrame& frame) {
  arch_resume(frame);
}

}  // namespace arch
