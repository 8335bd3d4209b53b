// SPDX-License-Identifier: ISC
#pragma once

// The simulated machine's ucontext_t.

#include <arch/trap.h>

#include <cstddef>
#include <cstdint>

namespace arch {

inline constexpr std::size_t red_zone_size = 128;

struct SignalContext {
  std::uintptr_t pc;
  std::uintptr_t sp;
  std::uint64_t mask;
  std::uint64_t fault_address;
  std::uint64_t fault_code;
  void* fp;

  void save(const TrapFrame& frame) {
    pc = frame.pc;
    sp = frame.sp;
  }
  void restore(TrapFrame& frame) const {
    frame.pc = pc;
    frame.sp = sp;
  }
  void set_signal_mask(std::uint64_t value) { mask = value; }
  std::uint64_t signal_mask() const { return mask; }
  void set_fault(std::uint64_t address, std::uint64_t code) {
    fault_address = address;
    fault_code = code;
  }
  void set_fp(void* area) { fp = area; }
};

}  // namespace arch
