// SPDX-License-Identifier: ISC
#pragma once

// The simulated machine follows x86_64.

#include <arch/trap.h>
#include <arch/x86_64/call_sites.h>

#include <cstdint>

namespace arch {

using x86_64::is_after_call;
using x86_64::longest_call;

inline constexpr std::int64_t frame_record_offset = 0;
inline std::uintptr_t return_register(const TrapFrame&) {
  return 0;
}

}  // namespace arch
