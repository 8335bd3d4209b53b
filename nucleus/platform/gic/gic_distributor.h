// SPDX-License-Identifier: ISC
#pragma once

// Register offsets that the distributor of both GIC versions and GICv3's redistributor (its SGI page) share.
// Spec: [arm/gic "The GIC Distributor register map"]

#include <platform/mmio.h>

#include <cstdint>

namespace arch::aarch64::gicd {

inline constexpr std::uint32_t control = 0x000;
inline constexpr std::uint32_t type = 0x004;
inline constexpr std::uint32_t group = 0x080;               // one bit a line
inline constexpr std::uint32_t set_enable = 0x100;          // one bit a line
inline constexpr std::uint32_t clear_enable = 0x180;        // one bit a line
inline constexpr std::uint32_t clear_active = 0x380;        // one bit a line
inline constexpr std::uint32_t priority = 0x400;            // one byte a line
inline constexpr std::uint32_t targets = 0x800;             // GICv2: one byte a line
inline constexpr std::uint32_t configuration = 0xc00;       // two bits a line: the upper one, edge-triggered
inline constexpr std::uint32_t software_interrupt = 0xf00;  // GICv2
inline constexpr std::uint32_t routes = 0x6000;             // GICv3: eight bytes a line

/// All lines get one middle priority: the nucleus does not nest interrupts.
inline constexpr std::uint32_t default_priorities = 0xa0a0'a0a0;
inline constexpr std::uint32_t lowest_priority_mask = 0xff;

inline std::uint32_t line_count(nucleus::platform::Mmio32 distributor) {
  const std::uint32_t lines = ((distributor.read(type) & 0x1f) + 1) * 32;
  return lines < 1020 ? lines : 1020;
}

/// Masks lines [first, last), both multiples of 32, and gives them the default priority and `group_bits`.
inline void reset_lines(nucleus::platform::Mmio32 registers, std::uint32_t first, std::uint32_t last,
                        std::uint32_t group_bits) {
  for (std::uint32_t line = first; line < last; line += 32) {
    registers.write(clear_enable + line / 8, ~0u);
    registers.write(clear_active + line / 8, ~0u);
    registers.write(group + line / 8, group_bits);
    for (std::uint32_t i = 0; i < 32; i += 4) registers.write(priority + line + i, default_priorities);
  }
}

inline void set_line(nucleus::platform::Mmio32 registers, std::uint32_t block, std::uint32_t line) {
  registers.write(block + line / 32 * 4, 1u << (line % 32));
}

/// A masked line.
inline void set_edge_triggered(nucleus::platform::Mmio32 registers, std::uint32_t line) {
  const std::uint32_t at = configuration + line / 16 * 4;
  registers.write(at, registers.read(at) | 2u << (line % 16 * 2));
}

}  // namespace arch::aarch64::gicd
