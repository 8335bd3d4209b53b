// SPDX-License-Identifier: ISC
#pragma once

// What ESR_EL1 says of a synchronous exception. Pure: also compiled into the host tests.
// Spec: [arm/arm "ESR_EL1, Exception Syndrome Register (EL1)"]

#include <nucleus/arch_upcalls.h>

#include <cstdint>

namespace arch::aarch64 {

/// Exception classes (ESR bits 31:26) that mean something to us.
enum class ExceptionClass : std::uint8_t {
  unknown = 0x00,
  illegal_state = 0x0e,
  system_instruction = 0x18,
  instruction_abort_lower = 0x20,
  instruction_abort = 0x21,
  pc_alignment = 0x22,
  data_abort_lower = 0x24,
  data_abort = 0x25,
  sp_alignment = 0x26,
  floating_point = 0x2c,
  serror = 0x2f,
  breakpoint_instruction = 0x3c,
};

constexpr ExceptionClass exception_class(std::uint64_t esr) {
  return static_cast<ExceptionClass>((esr >> 26) & 0x3f);
}

/// The fault status of an abort: bits 5:0.
inline constexpr std::uint64_t fault_status_mask = 0x3f;
inline constexpr std::uint64_t fault_status_alignment = 0x21;
inline constexpr std::uint64_t write_not_read = 1u << 6;
inline constexpr std::uint64_t cache_maintenance = 1u << 8;

/// The kind of fault; stack_overflow is the trap code's business.
constexpr nucleus::FaultKind fault_kind(std::uint64_t esr) {
  using nucleus::FaultKind;
  switch (exception_class(esr)) {
    case ExceptionClass::instruction_abort:
    case ExceptionClass::instruction_abort_lower:
      return FaultKind::execute;
    case ExceptionClass::data_abort:
    case ExceptionClass::data_abort_lower:
      if ((esr & fault_status_mask) == fault_status_alignment) return FaultKind::alignment;
      // Cache maintenance reports as a write whatever it does; it needs no more than read access.
      if ((esr & cache_maintenance) != 0) return FaultKind::read;
      return (esr & write_not_read) != 0 ? FaultKind::write : FaultKind::read;
    case ExceptionClass::pc_alignment:
    case ExceptionClass::sp_alignment:
      return FaultKind::alignment;
    case ExceptionClass::floating_point:
      return FaultKind::floating_point;
    case ExceptionClass::breakpoint_instruction:
      return FaultKind::breakpoint;
    case ExceptionClass::unknown:
    case ExceptionClass::illegal_state:
    case ExceptionClass::system_instruction:
      return FaultKind::illegal_instruction;
    default:
      return FaultKind::protection;
  }
}

/// True if FAR_EL1 holds the address that was touched.
constexpr bool has_fault_address(std::uint64_t esr) {
  switch (exception_class(esr)) {
    case ExceptionClass::instruction_abort:
    case ExceptionClass::instruction_abort_lower:
    case ExceptionClass::data_abort:
    case ExceptionClass::data_abort_lower:
    case ExceptionClass::pc_alignment:
      return true;
    default:
      return false;
  }
}

}  // namespace arch::aarch64
