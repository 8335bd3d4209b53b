// SPDX-License-Identifier: ISC

#include "io_apic.h"

namespace arch::x86_64 {
namespace {

// The two registers that are mapped: which one, and its value.
constexpr unsigned select = 0x00 / 4;
constexpr unsigned window = 0x10 / 4;

constexpr unsigned version = 1;
constexpr unsigned first_entry = 0x10;  // two registers a line

constexpr std::uint32_t masked = 1u << 16;
constexpr std::uint32_t level_triggered = 1u << 15;
constexpr std::uint32_t active_low = 1u << 13;

}  // namespace

IoApic::IoApic(volatile std::uint32_t* registers, unsigned first_line)
    : registers_{registers}, first_line_{first_line} {
  line_count_ = (read(version) >> 16 & 0xff) + 1;
  for (unsigned line = 0; line < line_count_; ++line) write(first_entry + 2 * line, masked);
}

void IoApic::route(unsigned line, std::uint8_t vector, std::uint32_t apic_id, Polarity polarity,
                   Trigger trigger) const {
  const unsigned entry = first_entry + 2 * (line - first_line_);
  std::uint32_t low = vector;
  if (polarity == Polarity::active_low) low |= active_low;
  if (trigger == Trigger::level) low |= level_triggered;
  write(entry, masked);  // never half a route
  write(entry + 1, apic_id << 24);
  write(entry, low);
}

void IoApic::set_masked(unsigned line, bool on) const {
  const unsigned entry = first_entry + 2 * (line - first_line_);
  const std::uint32_t low = read(entry) & ~masked;
  write(entry, on ? low | masked : low);
}

std::uint32_t IoApic::read(unsigned index) const {
  registers_[select] = index;
  return registers_[window];
}

void IoApic::write(unsigned index, std::uint32_t value) const {
  registers_[select] = index;
  registers_[window] = value;
}

}  // namespace arch::x86_64
