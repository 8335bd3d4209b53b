// SPDX-License-Identifier: ISC
#pragma once

// Which extensions of a processor the code in object files may use, found by disassembling it.
//
// A processor that lacks one would stop the program with an illegal instruction, perhaps hours later: so an
// image records them, the emulated processor is chosen by them and the nucleus can check them at boot. Code
// that chooses at run time (as GMP's does) is counted too: "may use".

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "build/build.h"
#include "support/cache.h"

namespace bactrian {

/// The extension of x86 that an instruction belongs to, with QEMU's names ("bmi1", "avx2", ...); "" for those
/// that every x86_64 processor has. `operands` are as objdump prints them.
std::string_view x86_extension(std::string_view mnemonic, std::string_view operands);

/// The extensions in a disassembly as `objdump -d --no-show-raw-insn --no-addresses` prints it.
std::set<std::string> x86_extensions(std::string_view disassembly);

/// The extensions in all these files (objects and archives). What an archive has is remembered by its
/// content. Only x86_64 is looked at; other architectures have one baseline.
Result<std::set<std::string>> scan_cpu_features(const Cache& cache, Arch arch,
                                                const std::vector<fs::path>& files);

}  // namespace bactrian
