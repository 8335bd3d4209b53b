// SPDX-License-Identifier: ISC
#pragma once

// Where the virtual-memory map starts. The host architecture of the tests shadows this header (its folder
// comes first on the include path) with an address that an ordinary process can map.

#include <nucleus/address.h>

namespace nucleus::layout {

inline constexpr VirtAddr kernel_base{0xffff'ffc0'0000'0000};

}  // namespace nucleus::layout
