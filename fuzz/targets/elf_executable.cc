// SPDX-License-Identifier: ISC

// A kernel's ELF file, as our loader reads it. The first byte chooses the machine.

#include <boot/elf.h>

#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::uint16_t machines[] = {62, 183, 243};
  const fuzz::ExactCopy file({data + 1, size - 1});
  loader::Executable executable;
  if (loader::parse_elf(file.bytes(), machines[data[0] % 3], executable) != nullptr) return 0;
  // What it accepts lies in the file and in one block.
  for (unsigned i = 0; i < executable.segment_count; i++) {
    const loader::Segment& segment = executable.segments[i];
    if (segment.file_size > segment.memory_size || segment.file_offset > file.bytes().size() ||
        segment.file_size > file.bytes().size() - segment.file_offset || segment.address < executable.start ||
        segment.address - executable.start > executable.size ||
        segment.memory_size > executable.size - (segment.address - executable.start))
      __builtin_trap();
  }
  return 0;
}
