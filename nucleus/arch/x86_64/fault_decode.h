// SPDX-License-Identifier: ISC
#pragma once

// From an exception to the core's Fault. Pure: also compiled into the host tests.
// Spec: [x86/sdm "Interrupt 14: Page-Fault Exception (#PF)"]

#include <nucleus/arch_upcalls.h>

#include "vectors.h"

namespace arch::x86_64 {

namespace page_fault_code {
inline constexpr std::uint64_t write = 1u << 1;
inline constexpr std::uint64_t user = 1u << 2;
inline constexpr std::uint64_t reserved_bit = 1u << 3;
inline constexpr std::uint64_t fetch = 1u << 4;
}  // namespace page_fault_code

constexpr nucleus::FaultKind page_fault_kind(std::uint64_t code) {
  if ((code & page_fault_code::reserved_bit) != 0) return nucleus::FaultKind::protection;
  if ((code & page_fault_code::fetch) != 0) return nucleus::FaultKind::execute;
  return (code & page_fault_code::write) != 0 ? nucleus::FaultKind::write : nucleus::FaultKind::read;
}

constexpr nucleus::Fault decode_fault(std::uint64_t vector, std::uint64_t code, std::uint64_t address) {
  using nucleus::FaultKind;
  switch (vector) {
    case vector::page_fault:
      return {page_fault_kind(code), {address}, code};
    case vector::divide_error:
      return {FaultKind::divide, {}, code};
    case vector::debug:
    case vector::breakpoint:
      return {FaultKind::breakpoint, {}, code};
    case vector::invalid_opcode:
      return {FaultKind::illegal_instruction, {}, code};
    case vector::x87_error:
    case vector::simd_error:
      return {FaultKind::floating_point, {}, code};
    case vector::alignment_check:
      return {FaultKind::alignment, {}, code};
    default:
      return {FaultKind::protection, {}, code};
  }
}

}  // namespace arch::x86_64
