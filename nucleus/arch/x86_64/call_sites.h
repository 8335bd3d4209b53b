// SPDX-License-Identifier: ISC
#pragma once

// Whether an address lies behind a call instruction, so that it may be a return address.
// Spec: [x86/sdm "CALL", "Instruction Format"]

#include <cstddef>
#include <cstdint>
#include <span>

namespace arch::x86_64 {

/// How many bytes before an address is_after_call() wants.
inline constexpr std::size_t longest_call = 7;

/// `before` are the bytes that end at the address.
constexpr bool is_after_call(std::span<const std::uint8_t, longest_call> before) {
  const auto back = [&](std::size_t distance) { return before[longest_call - distance]; };
  // CALL rel32.
  if (back(5) == 0xe8) return true;
  // CALL r/m64: FF /2, with the length that its ModRM byte gives.
  for (std::size_t length = 2; length <= longest_call; length++) {
    if (back(length) != 0xff) continue;
    const std::uint8_t modrm = back(length - 1);
    if ((modrm >> 3 & 7) != 2) continue;
    const unsigned mode = modrm >> 6;
    const unsigned base = modrm & 7;
    std::size_t expected = 2;
    if (mode != 3 && base == 4) expected++;  // SIB
    if (mode == 1) expected += 1;
    if (mode == 2 || (mode == 0 && base == 5)) expected += 4;
    if (mode == 0 && base == 4 && length >= 3 && (back(length - 2) & 7) == 5) expected += 4;
    if (expected == length) return true;
  }
  return false;
}

}  // namespace arch::x86_64
