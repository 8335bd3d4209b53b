// SPDX-License-Identifier: ISC
#pragma once

// A trap frame of the simulated machine, filled by tests.

#include <cstdint>

namespace arch {

struct TrapFrame {
  static constexpr unsigned argument_registers = 6;
  std::uintptr_t pc = 0;
  std::uintptr_t sp = 0;
  std::uintptr_t fp = 0;
  std::uintptr_t return_address = 0;
  std::uintptr_t arguments[6] = {};
  bool interrupts_on = true;

  static TrapFrame of_program() { return {}; }

  std::uintptr_t instruction_pointer() const { return pc; }
  std::uintptr_t stack_pointer() const { return sp; }
  std::uintptr_t frame_pointer() const { return fp; }
  void set_instruction_pointer(std::uintptr_t value) { pc = value; }
  void set_stack_pointer(std::uintptr_t value) { sp = value; }
  void set_argument(unsigned index, std::uintptr_t value) { arguments[index] = value; }
  void set_return_address(std::uintptr_t value) { return_address = value; }
  bool interrupts_were_on() const { return interrupts_on; }

  template <typename Visit>
  void for_each_register(Visit&& visit) const {
    visit("pc", std::uint64_t{pc});
    visit("sp", std::uint64_t{sp});
  }
};

[[noreturn]] void resume(const TrapFrame& frame);

}  // namespace arch
