// SPDX-License-Identifier: ISC
#pragma once

// How many instructions the machine executes from the image's entry to `main`. QEMU counts them (-icount: one
// CPU runs at a time, and the guest's time is the count); a breakpoint at each end, set through its gdb
// server, stops it for reading.

#include <cstdint>

#include "bench/guest.h"
#include "run/elf.h"

namespace bactrian {

/// Instructions of all `cpus` CPUs together, from the image's first one to the first of the function `main`.
/// Errors: the image has no `main`; the emulator does not stop there within `timeout`; it does not
/// count.
Result<uint64_t> instructions_to_main(const BareProgram& program, const ElfFile& elf, unsigned cpus,
                                      std::chrono::seconds timeout);

}  // namespace bactrian
