// SPDX-License-Identifier: ISC
#pragma once

// The native page-table format: Sv39 always. The memory map is made for it, each CPU with Sv48 or Sv57 has it
// too
// ([riscv/priv "Sv48: Page-Based 48-bit Virtual-Memory System"]), and a walk takes a step less.

#include <arch/riscv64/page_format.h>

namespace arch {
using NativePageFormat = riscv64::Sv39;
}
