// SPDX-License-Identifier: ISC
#pragma once

// How to follow calls back on this architecture.

#include <arch/aarch64/call_sites.h>
#include <arch/trap.h>

#include <cstdint>

namespace arch {

using aarch64::is_after_call;
using aarch64::longest_call;

/// Where {caller's frame pointer, return address} lie, from the frame pointer.
inline constexpr std::int64_t frame_record_offset = 0;

/// The link register; 0 where calls push the return address.
inline std::uintptr_t return_register(const TrapFrame& frame) {
  return frame.x[30];
}

}  // namespace arch
