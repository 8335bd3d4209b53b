// SPDX-License-Identifier: ISC
#pragma once

// Addresses in an image at which a measurement starts or ends.

#include <cstdint>
#include <string_view>

#include "run/elf.h"
#include "support/result.h"

namespace bactrian {

/// Where the machine starts in the image when QEMU loads it: a physical address.
uint64_t first_instruction(const ElfFile& elf);

/// Where a Limine loader enters. Errors: the image has no such function.
Result<uint64_t> loader_entry(const ElfFile& elf);

/// The program's `main`. Errors: there is none.
Result<uint64_t> main_of(const ElfFile& elf);

/// The first function whose name holds `part`. Errors: there is none.
Result<uint64_t> function_named(const ElfFile& elf, std::string_view part);

/// The same address of the image in physical memory, where QEMU loads it.
uint64_t physical(const ElfFile& elf, uint64_t address);

}  // namespace bactrian
