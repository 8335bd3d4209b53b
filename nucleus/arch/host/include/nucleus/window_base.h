// SPDX-License-Identifier: ISC
#pragma once

// The host's place for the virtual-memory map: an address that a Linux process can map, also under
// AddressSanitizer, and aligned as the real one is (512 GiB - 256 GiB), so that page-table indices come out
// alike.

#include <nucleus/address.h>

namespace nucleus::layout {

inline constexpr VirtAddr kernel_base{0x0000'20c0'0000'0000 - 0x0000'0080'0000'0000};

}  // namespace nucleus::layout
