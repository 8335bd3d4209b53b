// SPDX-License-Identifier: ISC
#pragma once

// Where things are in tables that two read: the boot path of a PC, which wants little and early (tables.h),
// and the machine description, which wants all (platform/description). Pure: also compiled into the host
// tests. Spec: [acpi "Generic Address Structure"], [acpi "Fixed ACPI Description Table (FADT)"], [acpi
// "Multiple APIC Description Table (MADT)"]

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace nucleus::acpi {

/// A register, as the Generic Address Structure has it. Address 0: there is none.
struct Register {
  enum class Space : std::uint8_t { memory = 0, io = 1 };
  Space space = Space::memory;
  std::uint8_t width = 0;  // bits; 0: not told
  std::uint64_t address = 0;
  bool present() const { return address != 0; }
};

/// The structure at `offset` of a table; spaces other than memory and ports are as if absent.
Register register_at(std::span<const std::byte> table, std::size_t offset);

/// What the FADT says of power and clocks.
struct Fadt {
  std::uint32_t flags = 0;
  std::uint16_t pc_flags = 0;
  std::uint16_t arm_flags = 0;
  std::uint8_t century_register = 0;
  std::uint8_t reset_value = 0;
  Register reset;  // none, if the flags say so
  Register pm1a_control;
  Register pm1b_control;
  Register sleep_control;  // of hardware-reduced machines
  Register pm_timer;

  bool pm_timer_has_32_bits() const { return (flags & 1u << 8) != 0; }  // else 24
  bool is_hardware_reduced() const { return (flags & 1u << 20) != 0; }
};
Fadt read_fadt(std::span<const std::byte> table);

/// The entries of a MADT, each with its type in its first byte.
class MadtEntries {
 public:
  explicit MadtEntries(std::span<const std::byte> table) : table_{table} {}

  /// Nothing: that was the last, or the one at offset() has a length that cannot be.
  std::optional<std::span<const std::byte>> next();
  bool malformed() const { return malformed_; }
  std::size_t offset() const { return offset_; }

 private:
  static constexpr std::size_t first_entry = 44;
  std::span<const std::byte> table_;
  std::size_t offset_ = first_entry;
  bool malformed_ = false;
};

/// Where a line of the old PC's interrupt controller arrives.
struct LineOverride {
  std::uint8_t isa_line = 0;
  std::uint32_t line = 0;
  bool active_low = false;
  bool level_triggered = false;
};
LineOverride read_override(std::span<const std::byte> entry);

}  // namespace nucleus::acpi
