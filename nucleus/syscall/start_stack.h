// SPDX-License-Identifier: ISC
#pragma once

// What a program finds on its stack when it starts: the argument count, the vectors of arguments and
// environment, the auxiliary vector, and above them their strings.  Spec: [amd64/abi "Process
// Initialization"]

#include <nucleus/result.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {

struct AuxiliaryEntry {
  std::uint64_t type;
  std::uint64_t value;
};

namespace auxiliary {
inline constexpr std::uint64_t null = 0;
inline constexpr std::uint64_t program_headers = 3;
inline constexpr std::uint64_t program_header_size = 4;
inline constexpr std::uint64_t program_header_count = 5;
inline constexpr std::uint64_t page_size = 6;
inline constexpr std::uint64_t entry = 9;
inline constexpr std::uint64_t user = 11;
inline constexpr std::uint64_t effective_user = 12;
inline constexpr std::uint64_t group = 13;
inline constexpr std::uint64_t effective_group = 14;
inline constexpr std::uint64_t capabilities = 16;
inline constexpr std::uint64_t clock_ticks = 17;
inline constexpr std::uint64_t secure = 23;
inline constexpr std::uint64_t random = 25;
inline constexpr std::uint64_t executable_name = 31;
inline constexpr std::uint64_t min_signal_stack = 51;
}  // namespace auxiliary

struct StartStack {
  std::string_view arguments;                 // each ends with a NUL
  std::string_view environment;               // each ends with a NUL
  std::string_view more_environment;          // further ones
  std::span<const AuxiliaryEntry> auxiliary;  // without random, executable_name and the final null
  std::array<std::uint8_t, 16> random{};
};

/// Writes everything at the end of `memory`, whose end will be at address `top` (16-byte aligned; memory and
/// top differ only in tests). Returns the stack pointer. Errors: too_long (it does not fit).
Result<std::uintptr_t> build_start_stack(std::span<std::byte> memory, std::uintptr_t top,
                                         const StartStack& contents);

}  // namespace nucleus
