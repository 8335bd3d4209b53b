// SPDX-License-Identifier: ISC
#pragma once

// The one virtual-memory map, the same on every architecture and under every boot path. It is sized for
// Sv39, whose upper half is the top 256 GiB. docs/memory.md has it as a table, with the reasons.

#include <nucleus/address.h>

namespace nucleus::layout {

inline constexpr VirtAddr kernel_base{0xffff'ffc0'0000'0000};

/// All of physical memory from address 0, read-write, never executable.
inline constexpr VirtAddr direct_map{0xffff'ffc0'0000'0000};
inline constexpr std::uint64_t direct_map_size = std::uint64_t{128} << 30;

/// Device registers, firmware tables, frame buffers: mapped one by one.
inline constexpr VirtAddr device_window{0xffff'ffe0'0000'0000};
inline constexpr std::uint64_t device_window_size = std::uint64_t{16} << 30;

/// Kernel stacks, each with an unmapped guard page below it.
inline constexpr VirtAddr stack_window{0xffff'ffe4'0000'0000};
inline constexpr std::uint64_t stack_window_size = std::uint64_t{4} << 30;

/// The program's memory: what mmap gives out.
inline constexpr VirtAddr program_window{0xffff'ffe8'0000'0000};
inline constexpr std::uint64_t program_window_size = std::uint64_t{88} << 30;

/// The image itself: nucleus, libc, runtime and program.
inline constexpr VirtAddr image_base{0xffff'ffff'8000'0000};
/// Link address of the image's first byte, 2 MiB above image_base on all architectures.
inline constexpr VirtAddr image_start{0xffff'ffff'8020'0000};

constexpr bool in_program_window(VirtAddr at) {
  return at >= program_window && at < program_window + program_window_size;
}

/// The direct-map address of a physical one (which must be below direct_map_size).
constexpr VirtAddr direct(PhysAddr at) { return direct_map + at.value; }

}  // namespace nucleus::layout
