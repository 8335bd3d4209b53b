// SPDX-License-Identifier: ISC
#pragma once

// Which extensions of a processor the code in object files may use, found by disassembling it.
//
// A processor that lacks one would stop the program with an illegal instruction, perhaps hours later: so an
// image records them, the emulated processor is chosen by them and the nucleus checks at boot what is
// required. Code that first asks the processor (as GMP's does) is part of the first, not of the second.

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

struct CpuFeatures {
  std::set<std::string> extensions;  ///< QEMU's names
  bool asks = false;                 ///< some of the code asks what the processor has: it chooses at run time
};

/// What is in a disassembly as `objdump -dr --no-show-raw-insn --no-addresses` prints it. Code asks by the
/// instruction cpuid, or through what gcc's __builtin_cpu_supports refers to.
CpuFeatures x86_features(std::string_view disassembly);

/// What all these files (objects and archives) may use. What an archive has is remembered by its content.
/// Only x86_64 is looked at; other architectures have one baseline.
Result<std::set<std::string>> scan_cpu_features(const Cache& cache, Arch arch,
                                                const std::vector<fs::path>& files);

/// What the files cannot do without. Left out is what an archive uses that asks the processor, and what the
/// objects use if one of them asks: nothing tells which instructions are guarded.
Result<std::set<std::string>> required_cpu_features(const Cache& cache, Arch arch,
                                                    const std::vector<fs::path>& files);

}  // namespace bactrian
