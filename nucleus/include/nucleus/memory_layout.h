// SPDX-License-Identifier: ISC
#pragma once

// The one virtual-memory map, the same on every architecture and under every boot path. It is sized for
// Sv39, whose upper half is the top 256 GiB. docs/memory.md has it as a table, with the reasons.

#include <nucleus/address.h>
#include <nucleus/window_base.h>

namespace nucleus::layout {

/// A part of the map that one owner hands out.
struct Window {
  VirtAddr start{};
  std::uint64_t size = 0;
  constexpr VirtAddr end() const { return start + size; }
  constexpr bool contains(VirtAddr at) const { return at >= start && at.value - start.value < size; }
};

/// All of physical memory from address 0, read-write, never executable.
inline constexpr VirtAddr direct_map = kernel_base;
inline constexpr std::uint64_t direct_map_size = std::uint64_t{128} << 30;

/// Device registers, firmware tables, frame buffers: mapped one by one.
inline constexpr Window device_window{kernel_base + (std::uint64_t{128} << 30), std::uint64_t{16} << 30};

/// Kernel stacks, each with an unmapped guard below it.
inline constexpr Window stack_window{kernel_base + (std::uint64_t{144} << 30), std::uint64_t{4} << 30};

/// The program's memory: what mmap gives out. The address space uses a part of it that suits the machine's
/// memory.
inline constexpr Window program_window{kernel_base + (std::uint64_t{160} << 30), std::uint64_t{88} << 30};

/// The image itself: nucleus, libc, runtime and program.
inline constexpr VirtAddr image_base = kernel_base + (std::uint64_t{254} << 30);
/// Link address of the image's first byte, 2 MiB above image_base on all architectures.
inline constexpr VirtAddr image_start = image_base + large_page_size;

/// The page of device registers that the polled console needs before anything can be mapped, where the port
/// has such: boot paths map BootInfo::console here, and the core's own tables keep it.
inline constexpr VirtAddr console_page = kernel_base + (std::uint64_t{255} << 30);

constexpr bool in_program_window(VirtAddr at) {
  return program_window.contains(at);
}

/// The direct-map address of a physical one (which must be below direct_map_size).
constexpr VirtAddr direct(PhysAddr at) {
  return direct_map + at.value;
}

}  // namespace nucleus::layout
