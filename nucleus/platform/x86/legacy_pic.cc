// SPDX-License-Identifier: ISC

#include "legacy_pic.h"

#include <arch/x86_64/instructions.h>
#include <arch/x86_64/vectors.h>

namespace arch::x86_64 {

void silence_legacy_pic() {
  constexpr std::uint16_t command[] = {0x20, 0xa0};
  constexpr std::uint16_t data[] = {0x21, 0xa1};
  constexpr std::uint8_t wiring[] = {1 << 2, 2};  // the second one hangs on line 2 of the first
  for (unsigned i = 0; i < 2; ++i) {
    out8(command[i], 0x11);  // start initialisation, four words
    out8(data[i], static_cast<std::uint8_t>(vector::legacy_pic + 8 * i));
    out8(data[i], wiring[i]);
    out8(data[i], 0x01);  // 8086 mode
    out8(data[i], 0xff);  // all masked
  }
}

}  // namespace arch::x86_64
