// SPDX-License-Identifier: ISC
#pragma once

// What a PVH loader (QEMU -kernel) passes in ebx, and its decoding into BootInfo. Pure: also compiled into
// the host tests. Spec: [pvh "Boot protocol"]

#include <boot/common/physical_reader.h>

#include <nucleus/boot_info.h>

#include <cstdint>

namespace nucleus::pvh {

struct StartInfo {
  static constexpr std::uint32_t right_magic = 0x336e'c578;  // "xEn3" with the top bit of E set
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t flags;
  std::uint32_t module_count;
  std::uint64_t modules;       // Module[module_count]
  std::uint64_t command_line;  // zero-terminated; 0: none
  std::uint64_t rsdp;
  // Since version 1:
  std::uint64_t memory_map;  // MemoryRange[memory_map_count]
  std::uint32_t memory_map_count;
  std::uint32_t reserved;
};
static_assert(sizeof(StartInfo) == 56);

struct Module {
  std::uint64_t address;
  std::uint64_t size;
  std::uint64_t command_line;
  std::uint64_t reserved;
};
static_assert(sizeof(Module) == 32);

struct MemoryRange {
  static constexpr std::uint32_t usable = 1;
  std::uint64_t address;
  std::uint64_t size;
  std::uint32_t type;
  std::uint32_t reserved;
};
static_assert(sizeof(MemoryRange) == 24);

/// Decodes all of it: memory, command line, ACPI root pointer; module 0 is the boot bundle. Returns null, or
/// what is wrong, as a phrase for the user. The caller adds the image and what else it wants reserved.
const char* decode(PhysAddr start_info, const PhysicalReader& reader, BootInfo& boot);

}  // namespace nucleus::pvh
