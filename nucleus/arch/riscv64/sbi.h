// SPDX-License-Identifier: ISC
#pragma once

// Calls into the machine-mode firmware.  Spec: [riscv/sbi "Binary Encoding"]

#include <cstdint>

namespace arch::riscv64::sbi {

/// Extension identifiers are their names in ASCII.
enum class Extension : std::uint64_t {
  timer = 0x54494d45,
  interrupt = 0x735049,
  hart_state = 0x48534d,
  system_reset = 0x53525354,
};

struct Answer {
  std::int64_t error;  // 0: it worked
  std::uint64_t value;
};

inline Answer call_function(Extension extension, std::uint64_t function, std::uint64_t a = 0,
                            std::uint64_t b = 0, std::uint64_t c = 0) {
  register std::uint64_t a0 asm("a0") = a;
  register std::uint64_t a1 asm("a1") = b;
  register std::uint64_t a2 asm("a2") = c;
  register std::uint64_t a6 asm("a6") = function;
  register auto a7 asm("a7") = static_cast<std::uint64_t>(extension);
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
  return {static_cast<std::int64_t>(a0), a1};
}

/// Function 0 of an extension. Returns the call's error, 0 if it worked.
inline std::int64_t call(Extension extension, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0) {
  return call_function(extension, 0, a, b, c).error;
}

inline void set_timer(std::uint64_t time) {
  call(Extension::timer, time);
}
inline void send_ipi(std::uint64_t hart) {
  call(Extension::interrupt, 1, hart);
}
inline std::int64_t start_hart(std::uint64_t hart, std::uint64_t entry, std::uint64_t argument) {
  return call(Extension::hart_state, hart, entry, argument);
}
inline bool hart_is_started(std::uint64_t hart) {
  constexpr std::uint64_t get_status = 2;
  const Answer answer = call_function(Extension::hart_state, get_status, hart);
  return answer.error == 0 && answer.value == 0;
}
/// `failed` is told to whoever can be told.
inline void shut_down(bool failed) {
  call(Extension::system_reset, 0, failed ? 1 : 0);
}

/// A cold start, for no reason.
inline void reboot() {
  call(Extension::system_reset, 1, 0);
}

}  // namespace arch::riscv64::sbi
