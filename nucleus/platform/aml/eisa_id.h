// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

namespace nucleus::aml {

/// EISA's way to write seven characters in 32 bits, as _HID and _CID have them.  Spec: [acpi "_HID (Hardware
/// ID)"]
constexpr std::uint32_t eisa_id(const char (&text)[8]) {
  const auto hex = [](char c) { return static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'A' + 10); };
  std::uint32_t id = 0;
  for (unsigned i = 0; i < 3; ++i) id = id << 5 | (static_cast<std::uint32_t>(text[i] - '@') & 31);
  for (unsigned i = 3; i < 7; ++i) id = id << 4 | hex(text[i]);
  return __builtin_bswap32(id);
}
static_assert(eisa_id("PNP0A03") == 0x030a'd041);

}  // namespace nucleus::aml
