// SPDX-License-Identifier: ISC

#include "fields.h"

#include "bytes.h"

namespace nucleus::acpi {
namespace {

/// The extended field if it is filled in, else the old one, which is a port.
Register register_at(std::span<const std::byte> table, std::size_t extended, std::size_t old_port,
                     std::uint8_t width) {
  const Register found = acpi::register_at(table, extended);
  if (found.present()) return found;
  const auto port = load<std::uint32_t>(table, old_port);
  if (port == 0) return {};
  return {Register::Space::io, width, port};
}

}  // namespace

Register register_at(std::span<const std::byte> table, std::size_t offset) {
  const auto space = load<std::uint8_t>(table, offset);
  if (space > 1) return {};
  return {static_cast<Register::Space>(space), load<std::uint8_t>(table, offset + 1),
          load<std::uint64_t>(table, offset + 4)};
}

Fadt read_fadt(std::span<const std::byte> table) {
  constexpr std::uint32_t has_reset = 1u << 10;
  Fadt fadt{.flags = load<std::uint32_t>(table, 112),
            .pc_flags = load<std::uint16_t>(table, 109),
            .arm_flags = load<std::uint16_t>(table, 129),
            .century_register = load<std::uint8_t>(table, 108),
            .pm1a_control = register_at(table, 172, 64, 16),
            .pm1b_control = register_at(table, 184, 68, 16),
            .sleep_control = register_at(table, 244),
            .pm_timer = register_at(table, 208, 76, 32)};
  if ((fadt.flags & has_reset) != 0) {
    fadt.reset = register_at(table, 116);
    fadt.reset_value = load<std::uint8_t>(table, 128);
  }
  return fadt;
}

std::optional<std::span<const std::byte>> MadtEntries::next() {
  if (offset_ >= table_.size()) return {};
  const std::size_t length = load<std::uint8_t>(table_, offset_ + 1);
  if (length < 2 || length > table_.size() - offset_) {
    malformed_ = true;
    return {};
  }
  const auto entry = table_.subspan(offset_, length);
  offset_ += length;
  return entry;
}

LineOverride read_override(std::span<const std::byte> entry) {
  const auto flags = load<std::uint16_t>(entry, 8);
  // Polarity and trigger take two bits each: 3 is the unusual one, 0 means as the ISA bus has it.
  return {.isa_line = load<std::uint8_t>(entry, 3),
          .line = load<std::uint32_t>(entry, 4),
          .active_low = (flags & 3) == 3,
          .level_triggered = (flags >> 2 & 3) == 3};
}

}  // namespace nucleus::acpi
