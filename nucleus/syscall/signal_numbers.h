// SPDX-License-Identifier: ISC
#pragma once

// Signals by name, and what they do to a program that says nothing about them.  Spec: [linux/uapi
// "asm-generic/signal.h"]

#include <cstdint>

namespace nucleus {

inline constexpr int signal_count = 64;

namespace signal_number {
inline constexpr int interrupt = 2;
inline constexpr int illegal = 4;
inline constexpr int trap = 5;
inline constexpr int abort = 6;
inline constexpr int bus = 7;
inline constexpr int arithmetic = 8;
inline constexpr int kill = 9;
inline constexpr int segment = 11;
inline constexpr int pipe = 13;
inline constexpr int alarm = 14;
inline constexpr int child = 17;
inline constexpr int go_on = 18;
inline constexpr int stop = 19;
inline constexpr int terminal_stop = 20;
inline constexpr int terminal_input = 21;
inline constexpr int terminal_output = 22;
inline constexpr int urgent = 23;
inline constexpr int virtual_alarm = 26;
inline constexpr int profile = 27;
inline constexpr int window = 28;
}  // namespace signal_number

constexpr bool is_signal(int number) {
  return number >= 1 && number <= signal_count;
}
constexpr std::uint64_t signal_bit(int number) {
  return std::uint64_t{1} << (number - 1);
}

/// These can be neither blocked nor handled.
inline constexpr std::uint64_t unblockable_signals =
    signal_bit(signal_number::kill) | signal_bit(signal_number::stop);

/// Nothing happens by default: there is nobody who would let a stopped program go on.
constexpr bool ignored_by_default(int number) {
  using namespace signal_number;
  constexpr std::uint64_t ignored = signal_bit(child) | signal_bit(go_on) | signal_bit(stop) |
                                    signal_bit(terminal_stop) | signal_bit(terminal_input) |
                                    signal_bit(terminal_output) | signal_bit(urgent) | signal_bit(window);
  return (ignored & signal_bit(number)) != 0;
}

/// "SIGSEGV", or "signal" for those without a name of their own.
const char* signal_name(int number);

}  // namespace nucleus
