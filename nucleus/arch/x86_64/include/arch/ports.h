// SPDX-License-Identifier: ISC
#pragma once

// The PC's ports: platform/x86/ports.cc.

#include <cstdint>

namespace arch {

inline constexpr bool has_ports = true;

bool read_port(std::uint16_t port, unsigned width, std::uint32_t& value);
bool write_port(std::uint16_t port, unsigned width, std::uint32_t value);

}  // namespace arch
