// SPDX-License-Identifier: ISC

#include "start_info.h"

#include <boot/common/memory_ranges.h>

namespace nucleus::pvh {
namespace {

constexpr unsigned max_memory_map = 512;  // more is not a memory map

const char* decode_memory_map(const StartInfo& info, const PhysicalReader& reader, BootInfo& boot) {
  if (info.version < 1) return "PVH start info of version 0: it has no memory map";
  if (info.memory_map_count > max_memory_map) return "the PVH memory map is too long";
  for (std::uint32_t i = 0; i < info.memory_map_count; ++i) {
    MemoryRange range;
    if (!reader.read({info.memory_map + i * sizeof range}, range))
      return "the PVH memory map is out of reach";
    if (range.type != MemoryRange::usable) continue;  // microvm also gives an entry that is all zero
    const Result<> added = add_memory(boot, {{range.address}, range.size});
    if (!added.ok()) {
      return added.error() == Error::too_many ? "the PVH memory map has too many usable ranges"
                                              : "a range of the PVH memory map wraps around";
    }
  }
  return finish_memory(boot).ok() ? nullptr : "the PVH memory map has no usable memory";
}

const char* decode_bundle(const StartInfo& info, const PhysicalReader& reader, BootInfo& boot) {
  if (info.module_count == 0) return nullptr;
  Module module;
  if (!reader.read({info.modules}, module)) return "the PVH module list is out of reach";
  if (module.address + module.size < module.address) return "the boot bundle wraps around";
  boot.bundle = {{module.address}, module.size};
  return add_reserved(boot, boot.bundle).ok() ? nullptr : "too many reserved ranges";
}

const char* decode_command_line(const StartInfo& info, const PhysicalReader& reader, BootInfo& boot) {
  if (info.command_line == 0) return nullptr;
  for (unsigned i = 0; i + 1 < boot.command_line.size(); ++i) {
    if (!reader.read({info.command_line + i}, boot.command_line[i]))
      return "the command line is out of reach";
    if (boot.command_line[i] == '\0') return nullptr;
  }
  return "the command line is too long";
}

}  // namespace

const char* decode(PhysAddr start_info, const PhysicalReader& reader, BootInfo& boot) {
  StartInfo info;
  if (!reader.read(start_info, info)) return "the PVH start info is out of reach";
  if (info.magic != StartInfo::right_magic) return "no PVH start info: the loader does not speak PVH";
  boot.protocol = "pvh";
  boot.rsdp = {info.rsdp};
  if (const char* problem = decode_memory_map(info, reader, boot)) return problem;
  if (const char* problem = decode_bundle(info, reader, boot)) return problem;
  return decode_command_line(info, reader, boot);
}

}  // namespace nucleus::pvh
