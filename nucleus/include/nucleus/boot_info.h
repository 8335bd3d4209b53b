// SPDX-License-Identifier: ISC
#pragma once

// BootInfo: what every entry path (PVH, Linux Image, Limine) decodes its own format into, completely, before
// anything is performed. All addresses are physical. Fixed size, no pointers into boot memory.

#include <nucleus/address.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace nucleus {

struct PhysRange {
  PhysAddr start{};
  std::uint64_t size = 0;
  constexpr PhysAddr end() const { return start + size; }
};

/// A linear frame buffer of 32 bits a pixel, eight bits a colour.
struct BootScreen {
  PhysRange memory{};  // size 0: none
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t pitch = 0;  // bytes from line to line
  std::uint8_t red_shift = 0;
  std::uint8_t green_shift = 0;
  std::uint8_t blue_shift = 0;
};

struct BootInfo {
  static constexpr unsigned max_memory_ranges = 64;
  static constexpr unsigned max_reserved_ranges = 32;

  const char* protocol = "none";  // "pvh", "linux-image", "limine": for the log
  std::array<char, 64> loader{};  // its name, if it tells: for the log

  /// Usable RAM, page-aligned inwards, sorted, not overlapping. Still contains the reserved ranges below.
  std::array<PhysRange, max_memory_ranges> memory{};
  unsigned memory_count = 0;

  /// Parts of `memory` that must not be handed out: image, boot bundle, devicetree, firmware.
  std::array<PhysRange, max_reserved_ranges> reserved{};
  unsigned reserved_count = 0;

  /// What the boot page tables map in the direct map. Memory outside it is not touched before
  /// init_kernel_mapping(); size 0: all of it.
  PhysRange direct_mapped{};

  PhysRange image{};       // where the image was loaded, all segments
  PhysRange bundle{};      // the boot bundle (tar); size 0: none
  PhysAddr rsdp{};         // ACPI root pointer; 0: none
  PhysRange devicetree{};  // flattened devicetree; size 0: none
  PhysRange console{};     // registers behind layout::console_page; size 0: none
  BootScreen screen{};
  std::array<char, 1024> command_line{};
  std::array<std::uint8_t, 64>
      entropy{};  // from the loader or devicetree ("rng-seed"); mixed, never trusted alone
  unsigned entropy_size = 0;
  std::uint64_t date_seconds = 0;  // since 1970, when the loader ran; 0: it did not tell
  std::uint64_t boot_cpu_id = 0;   // APIC id, MPIDR, hart id
};

/// What the machine was booted with. After upcall_boot().
const BootInfo& boot_info();

}  // namespace nucleus
