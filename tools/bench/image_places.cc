// SPDX-License-Identifier: ISC
#include "bench/image_places.h"

#include <algorithm>
#include <string>

namespace bactrian {
namespace {

Result<uint64_t> find(const ElfFile& elf, std::string_view what, auto&& fits) {
  for (const ElfSymbol& symbol : elf.functions()) {
    if (fits(symbol.name)) return symbol.address;
  }
  return Error{.message = "the image has no function '" + std::string(what) + "'"};
}

}  // namespace

uint64_t first_instruction(const ElfFile& elf) {
  if (elf.arch() == Arch::x86_64 && elf.pvh_entry()) return *elf.pvh_entry();
  uint64_t lowest = UINT64_MAX;
  for (const ElfSegment& segment : elf.segments()) lowest = std::min(lowest, segment.physical_address);
  return lowest;
}

Result<uint64_t> loader_entry(const ElfFile& elf) {
  return find(elf, "limine_entry", [](const std::string& name) { return name == "limine_entry"; });
}

Result<uint64_t> main_of(const ElfFile& elf) {
  return find(elf, "main", [](const std::string& name) { return name == "main"; });
}

Result<uint64_t> function_named(const ElfFile& elf, std::string_view part) {
  return find(elf, part, [&](const std::string& name) { return name.find(part) != std::string::npos; });
}

uint64_t physical(const ElfFile& elf, uint64_t address) {
  for (const ElfSegment& segment : elf.segments()) {
    if (address >= segment.virtual_address && address - segment.virtual_address < segment.memory_size)
      return segment.physical_address + (address - segment.virtual_address);
  }
  return address;
}

}  // namespace bactrian
