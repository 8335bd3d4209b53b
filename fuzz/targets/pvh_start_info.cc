// SPDX-License-Identifier: ISC

// What a PVH loader passes: memory from fuzz::Memory::start on, with the start info there.

#include <boot/pvh/start_info.h>

#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Memory memory({data, size});
  const auto boot = std::make_unique<nucleus::BootInfo>();
  nucleus::pvh::decode({fuzz::Memory::start}, memory.reader(), *boot);
  return 0;
}
