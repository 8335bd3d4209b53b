// SPDX-License-Identifier: ISC
#pragma once

// The control and status registers that this port reads and writes.

#include <cstdint>

namespace arch::riscv64 {

#define RISCV64_READ(function, name)              \
  inline std::uint64_t read_##function() {        \
    std::uint64_t value;                          \
    asm volatile("csrr %0, " name : "=r"(value)); \
    return value;                                 \
  }

RISCV64_READ(cause, "scause")
RISCV64_READ(trap_value, "stval")

#undef RISCV64_READ

inline std::uint64_t read_time() {
  std::uint64_t value;
  asm volatile("rdtime %0" : "=r"(value) : : "memory");
  return value;
}

/// Sstc's stimecmp, which an assembler of this age knows only by number.
inline void write_time_compare(std::uint64_t value) {
  asm volatile("csrw 0x14d, %0" : : "r"(value));
}

/// Bits of sie and sip, one for each riscv64::Interrupt.
inline void enable_interrupt_kinds(std::uint64_t bits) {
  asm volatile("csrs sie, %0" : : "r"(bits));
}
inline void clear_software_interrupt() {
  asm volatile("csrci sip, 2");
}

}  // namespace arch::riscv64
