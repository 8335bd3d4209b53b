// SPDX-License-Identifier: ISC

// What a Limine loader answers: the requests, with their responses' addresses, then memory.

#include <boot/limine/decode.h>
#include <nucleus/memory_layout.h>

#include "target.h"

using namespace nucleus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t hhdm = 0xffff'9000'0000'0000;
  limine::Requests requests{};
  limine::Request* const answered[] = {&requests.bootloader_info,
                                       &requests.hhdm,
                                       &requests.executable_address,
                                       &requests.executable_file,
                                       &requests.memory_map,
                                       &requests.modules,
                                       &requests.rsdp,
                                       &requests.devicetree,
                                       &requests.framebuffer,
                                       &requests.random_seed};
  constexpr std::size_t head = 8 + 2 * std::size(answered);
  if (size < head) return 0;
  // Of each address two bytes: in the input, or none.
  for (std::size_t i = 0; i < std::size(answered); i++) {
    const unsigned at = data[8 + 2 * i] | data[9 + 2 * i] << 8;
    answered[i]->response = at == 0xffff ? 0 : hhdm + fuzz::Memory::start + at;
  }
  requests.base_revision.revision = data[0];
  requests.base_revision.word[1] = data[1];
  const limine::EntryFacts facts{.hhdm_offset = data[2] & 1 ? 0 : hhdm,
                                 .physical_base = data[2] & 2 ? 0 : 0x20'0000u + data[3] * 0x1000u};
  fuzz::Memory memory({data + head, size - head});
  const auto boot = std::make_unique<BootInfo>();
  limine::decode(requests, facts, memory.reader(), layout::image_start, 0x12'3000, *boot);
  return 0;
}
