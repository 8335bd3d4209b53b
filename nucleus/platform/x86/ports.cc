// SPDX-License-Identifier: ISC

#include <arch/ports.h>

#include <arch/x86_64/instructions.h>

namespace arch {

using namespace x86_64;

bool read_port(std::uint16_t port, unsigned width, std::uint32_t& value) {
  switch (width) {
    case 8:
      value = in8(port);
      return true;
    case 16:
      value = in16(port);
      return true;
    case 32:
      value = in32(port);
      return true;
    default:
      return false;
  }
}

bool write_port(std::uint16_t port, unsigned width, std::uint32_t value) {
  switch (width) {
    case 8:
      out8(port, static_cast<std::uint8_t>(value));
      return true;
    case 16:
      out16(port, static_cast<std::uint16_t>(value));
      return true;
    case 32:
      out32(port, value);
      return true;
    default:
      return false;
  }
}

}  // namespace arch
