// SPDX-License-Identifier: ISC
#pragma once

// What AML may reach of physical memory.

#include <nucleus/address.h>
#include <nucleus/boot_info.h>

#include <cstddef>
#include <span>

namespace nucleus::acpica {

/// Whether a part of physical memory may hold registers: none of it is `memory`, which is the nucleus' own.
bool may_map_registers(PhysAddr at, std::size_t size, std::span<const PhysRange> memory);

}  // namespace nucleus::acpica
