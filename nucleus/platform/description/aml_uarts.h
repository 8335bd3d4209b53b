// SPDX-License-Identifier: ISC
#pragma once

// UARTs that only AML tells of: a PC's COM ports, Arm's PL011.

#include "aml.h"

#include <cstdint>

namespace nucleus::description {

/// EISA's way to write seven characters in 32 bits, as _HID has them.
constexpr std::uint32_t eisa_id(const char (&text)[8]) {
  const auto hex = [](char c) { return static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'A' + 10); };
  std::uint32_t id = 0;
  for (unsigned i = 0; i < 3; ++i) id = id << 5 | (static_cast<std::uint32_t>(text[i] - '@') & 31);
  for (unsigned i = 3; i < 7; ++i) id = id << 4 | hex(text[i]);
  return __builtin_bswap32(id);
}
static_assert(eisa_id("PNP0A03") == 0x030a'd041);

/// Adds the device to the description if it is a UART that is there, is set up, and is not in it yet: SPCR
/// may have told of the console. One whose resources are none becomes a problem.
void describe_aml_uart(AmlSource& source, AmlRooms& rooms, const char* path, Description& out);

}  // namespace nucleus::description
