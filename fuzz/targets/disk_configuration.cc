// SPDX-License-Identifier: ISC

// The TOML text that `bactrian image` is given.

#include "entry.h"
#include "image/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config =
      bactrian::parse_image_config({reinterpret_cast<const char*>(data), size}, "/folder/image.toml");
  // The remedy needs the place.
  if (!config.ok() && config.error().where.find("image.toml") == std::string::npos) __builtin_trap();
  return 0;
}
