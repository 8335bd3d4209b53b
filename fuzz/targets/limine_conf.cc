// SPDX-License-Identifier: ISC

// limine.conf, as our loader reads it.

#include <boot/config.h>

#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::ExactCopy copy({data, size});
  loader::Entry entry;
  loader::read_config({reinterpret_cast<const char*>(copy.bytes().data()), size}, entry);
  return 0;
}
