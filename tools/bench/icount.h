// SPDX-License-Identifier: ISC
#pragma once

// How many instructions the machine executes from the image's entry to `main`. QEMU counts them (-icount: one
// CPU runs at a time, and the guest's time is the count); a breakpoint at each end, set through its gdb
// server, stops it for reading.

#include <cstdint>

#include "bench/guest.h"
#include "run/elf.h"

namespace bactrian {

/// Instructions from the image's first one to the first of the function `main`. Errors: the image has no
/// `main`; the emulator does not stop there within `timeout`; it does not count.
Result<uint64_t> instructions_to_main(const BareProgram& program, const ElfFile& elf,
                                      std::chrono::seconds timeout);

/// Instructions that a second CPU executes from its first one of the image until it takes part in scheduling,
/// the first CPU waiting meanwhile. Errors: as above.
Result<uint64_t> instructions_of_further_cpu(const BareProgram& program, const ElfFile& elf,
                                             std::chrono::seconds timeout);

}  // namespace bactrian
