// SPDX-License-Identifier: ISC
#pragma once

// From an ELF file to what the machine needs to know to boot it.

#include <cstdint>
#include <vector>

#include "run/elf.h"

namespace bactrian {

struct Bootable {
  Arch arch = Arch::x86_64;
  fs::path kernel;             ///< for QEMU's -kernel
  bool speaks_link = false;    ///< one of ours: it reads the boot bundle and speaks the host link
  uint64_t memory_needed = 0;  ///< bytes from the start of memory to the end of the loaded image
  std::vector<ElfSymbol> symbols;
};

/// Whether the file is a program for Linux (a hosted build) and not an image for the machine.
bool is_hosted(const ElfFile& elf);

/// Checks a bare image and, where the architecture wants another form than ELF for -kernel, writes that form
/// into `scratch`. Errors: an image that cannot boot, with the reason.
Result<Bootable> prepare_image(const ElfFile& elf, const fs::path& file, const fs::path& scratch);

/// That `memory` bytes can hold the image and a bundle of `bundle_size` bytes, and that this machine has
/// them. Says how much is needed otherwise.
Result<void> check_memory(uint64_t memory, const Bootable& image, uint64_t bundle_size);

/// The part of check_memory() that needs no image: said before a build is started.
Result<void> check_memory_early(uint64_t memory);

}  // namespace bactrian
