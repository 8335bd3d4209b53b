// SPDX-License-Identifier: ISC
#pragma once

// What a program is linked with: the C library, libgcompat and the nucleus, each made once and kept in the
// cache.

#include <string>
#include <vector>

#include "build/build.h"
#include "support/cache.h"

namespace bactrian {

/// The folder of a component of the tool chain; `toolchain/provide` makes it where it is missing, telling of
/// its progress on stderr.
Result<fs::path> provide_component(const std::vector<std::string>& arguments);

/// A program of the machine's binutils or gcc for an architecture: "aarch64-linux-gnu-ld".
std::string cross_tool(Arch arch, std::string_view tool);

/// The C library: include/, lib/ and bin/ARCH-linux-musl-gcc.
struct Sysroot {
  fs::path folder;
  Arch arch;
  fs::path library(std::string_view name) const { return folder / "lib" / name; }
  fs::path gcc() const { return folder / "bin" / (std::string(arch_name(arch)) + "-linux-musl-gcc"); }
};
Result<Sysroot> provide_sysroot(Arch arch);

/// libgcompat.a, compiled against the C library.
Result<fs::path> provide_gcompat(const Cache& cache, const Sysroot& sysroot);

/// The nucleus as one object, and the linker script of its images.
struct Nucleus {
  fs::path object;
  fs::path script;
};
Result<Nucleus> provide_nucleus(const Cache& cache, Arch arch, bool debug);

/// ACPICA as one object: in images whose programs use the machine interface.
Result<fs::path> provide_acpica(Arch arch);

/// The file system as one object: in programs that use lib/redoxfs.
Result<fs::path> provide_redoxfs(Arch arch);

/// Our loader for UEFI firmware (boot/), an application.
Result<fs::path> provide_loader(const Cache& cache, Arch arch);

}  // namespace bactrian
