// SPDX-License-Identifier: ISC
#pragma once

// Whether an address lies behind a call instruction, so that it may be a return address.
// Spec: [riscv/unpriv "JAL", "JALR", "C.JALR"]

#include <cstddef>
#include <cstdint>
#include <span>

namespace arch::riscv64 {

/// How many bytes before an address is_after_call() wants.
inline constexpr std::size_t longest_call = 4;

/// `before` are the bytes that end at the address.
constexpr bool is_after_call(std::span<const std::uint8_t, longest_call> before) {
  const std::uint32_t word = before[0] | before[1] << 8 | before[2] << 16 | std::uint32_t{before[3]} << 24;
  const bool is_jal_ra = (word & 0xfff) == 0x0ef;
  const bool is_jalr_ra = (word & 0x7fff) == 0x00e7;
  const std::uint32_t half = word >> 16;
  const bool is_c_jalr = (half & 0xf07f) == 0x9002 && (half & 0xf80) != 0;
  return is_jal_ra || is_jalr_ra || is_c_jalr;
}

}  // namespace arch::riscv64
