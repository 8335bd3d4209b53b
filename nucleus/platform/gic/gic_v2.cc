// SPDX-License-Identifier: ISC

#include "gic_v2.h"

#include <arch/aarch64/port_cpu.h>

namespace arch::aarch64 {
namespace {

/// Offsets in the CPU interface.  Spec: [arm/gic "The GIC CPU interface register map"]
enum Interface : std::uint32_t {
  interface_control = 0x00,
  interface_priority_mask = 0x04,
  interface_acknowledge = 0x0c,
  interface_end = 0x10,
};

}  // namespace

void GicV2::init_distributor() {
  distributor_.write(gicd::control, 0);
  const std::uint32_t lines = gicd::line_count(distributor_);
  gicd::reset_lines(distributor_, first_shared_line, lines, 0);
  distributor_.write(gicd::control, 1);
}

void GicV2::init_this_cpu() {
  // Reading the targets of a private line tells which bit this CPU is.
  const std::uint32_t self = distributor_.read(gicd::targets) & 0xff;
  const unsigned index = port_cpu().index;
  if (index < 8) cpu_bits_[index] = static_cast<std::uint8_t>(self != 0 ? self : 1);

  gicd::reset_lines(distributor_, 0, first_shared_line, 0);
  distributor_.write(gicd::set_enable, 0xffff);
  interface_.write(interface_priority_mask, gicd::lowest_priority_mask);
  interface_.write(interface_control, 1);
}

/// A shared line goes to the CPU that unmasks it.
void GicV2::unmask(std::uint32_t line) {
  if (line >= first_shared_line) distributor_.write_byte(gicd::targets + line, cpu_bits_[port_cpu().index]);
  gicd::set_line(distributor_, gicd::set_enable, line);
}

void GicV2::mask(std::uint32_t line) {
  gicd::set_line(distributor_, gicd::clear_enable, line);
}

std::uint32_t GicV2::acknowledge() {
  return interface_.read(interface_acknowledge);
}

void GicV2::complete(std::uint32_t acknowledged) {
  interface_.write(interface_end, acknowledged);
}

void GicV2::send_software_interrupt(std::uint32_t line, unsigned cpu_index) {
  asm volatile("dsb ishst" : : : "memory");  // what the interrupt is about must be visible first
  distributor_.write(gicd::software_interrupt, std::uint32_t{cpu_bits_[cpu_index]} << 16 | line);
}

}  // namespace arch::aarch64
