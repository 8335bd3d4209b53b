// SPDX-License-Identifier: ISC
#pragma once

// Whether an address lies behind a call instruction, so that it may be a return address.
// Spec: [arm/arm "BL", "BLR"]

#include <cstddef>
#include <cstdint>
#include <span>

namespace arch::aarch64 {

/// How many bytes before an address is_after_call() wants.
inline constexpr std::size_t longest_call = 4;

/// `before` are the bytes that end at the address.
constexpr bool is_after_call(std::span<const std::uint8_t, longest_call> before) {
  const std::uint32_t word = before[0] | before[1] << 8 | before[2] << 16 | std::uint32_t{before[3]} << 24;
  const bool is_bl = (word & 0xfc00'0000) == 0x9400'0000;
  const bool is_blr = (word & 0xffff'fc1f) == 0xd63f'0000;
  return is_bl || is_blr;
}

}  // namespace arch::aarch64
