// SPDX-License-Identifier: ISC
#pragma once

#include "../cpu_page.h"
#include "../instructions.h"

namespace arch::x86_64 {

/// What does not use the catch stack comes at any time: a user's GS base may be in force then, which may be
/// any. `caught` lies on an interrupt stack of this CPU's page, and that knows better.
inline void put_gs_base_right(const void* caught) {
  const std::uintptr_t page = nucleus::align_down(reinterpret_cast<std::uintptr_t>(caught), sizeof(CpuPage));
  write_msr(msr::gs_base, reinterpret_cast<std::uint64_t>(reinterpret_cast<CpuPage*>(page)->entry));
}

}  // namespace arch::x86_64
