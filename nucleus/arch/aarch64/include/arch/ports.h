// SPDX-License-Identifier: ISC
#pragma once

// This architecture has no ports.

#include <cstdint>

namespace arch {

inline constexpr bool has_ports = false;

inline bool read_port(std::uint16_t, unsigned, std::uint32_t&) {
  return false;
}
inline bool write_port(std::uint16_t, unsigned, std::uint32_t) {
  return false;
}

}  // namespace arch
